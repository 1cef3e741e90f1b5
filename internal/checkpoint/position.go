package checkpoint

// Position is where the reading of a split resumes, always "after" what was delivered. The text is
// the connector's own and stable across versions: it is stored and read again. The empty Position
// means that nothing was chosen yet.
type Position string

// Epoch numbers the barriers of a job. It only grows, across restarts too; not every epoch becomes a
// checkpoint.
type Epoch uint64
