// A device worker.
