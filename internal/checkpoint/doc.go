// Package checkpoint is what a job remembers of its progress: positions of sources, manifests that
// hold them together with references to operator state and with what sinks have prepared, the log
// of manifests, and the stores that keep all of it.
//
// It knows no connector and no operator: a Position is a text that only the connector that made it
// can read, and state is bytes.
//
// Invariant: a checkpoint exists when its manifest does, and everything that a manifest names was
// durable before it. Manifests have numbers without gaps and are created, never replaced: whoever
// creates the next number owns the job.
package checkpoint
