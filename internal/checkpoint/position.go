// Package checkpoint is what a job remembers of its progress: positions of sources, and later the
// epochs, manifests and stores that keep them together with state.
//
// It knows no connector: a Position is a text that only the connector that made it can read.
package checkpoint

// Position is where the reading of a split resumes, always "after" what was delivered. The text is
// the connector's own and stable across versions: it is stored and read again. The empty Position
// means that nothing was chosen yet.
type Position string
