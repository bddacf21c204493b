//! Volumes as their readers get them: written by this program, broken, and forged by a trusted node.

mod forge;
mod golden;
mod keys;
mod mutants;
mod refusals;
mod round_trips;
mod stage;
mod tools;
mod written;
