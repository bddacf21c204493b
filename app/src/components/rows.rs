//! Lists whose rows stay where they are while what they show changes: a playing row must not be built anew.
//! A list's signal is read only where its resource is awaited: what stands beside that is rendered before it is set.

use leptos::prelude::*;

/// One row of a list as a signal of its own, found by what makes it itself. A row that has gone keeps its last look.
pub fn row_of<T, K>(rows: RwSignal<Vec<T>>, first: T, key: fn(&T) -> K) -> Signal<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: PartialEq + Send + Sync + 'static,
{
    let id = key(&first);
    let row = Memo::new(move |before: Option<&T>| {
        let now = rows.with(|rows| rows.iter().find(|row| key(row) == id).cloned());
        now.or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
    });
    row.into()
}
