package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Kind says what a manifest stands for.
type Kind string

// The kinds of manifests.
const (
	// Claim says that a process has taken the job over. It holds no state.
	Claim Kind = "claim"
	// Checkpoint is a state from which the job can go on.
	Checkpoint Kind = "checkpoint"
	// Finished is the end of a job: what sinks have prepared is all that is left to do.
	Finished Kind = "finished"
)

// formatVersion is the version of manifests and state files. Readers refuse later ones.
const formatVersion = 1

// Manifest is one entry of the log of a job.
type Manifest struct {
	Format  int       `json:"format"`
	Number  uint64    `json:"number"`
	Kind    Kind      `json:"kind"`
	Job     string    `json:"job"`   // made with the first entry of the log, and kept
	Claim   uint64    `json:"claim"` // number of the claim of the process that wrote it
	Created time.Time `json:"created"`
	// Origin is the savepoint that the job began with; empty: it began without state.
	Origin string `json:"origin,omitempty"`

	Epoch       Epoch      `json:"epoch,omitempty"`
	Parallelism int        `json:"parallelism,omitempty"`
	Sources     []Source   `json:"sources,omitempty"`
	Operators   []Operator `json:"operators,omitempty"`
	Sinks       []Sink     `json:"sinks,omitempty"`
}

// Source is how far a table was read.
type Source struct {
	Table     string `json:"table"`
	Connector string `json:"connector"`
	// Identity names the outside thing that the positions belong to, such as a stream.
	Identity string `json:"identity,omitempty"`
	// Progress is what the connector remembers beside its splits.
	Progress string  `json:"progress,omitempty"`
	Splits   []Split `json:"splits"`
}

// Split is how far a split was read.
type Split struct {
	ID       string     `json:"id"`
	Parents  []string   `json:"parents,omitempty"`
	Position Position   `json:"position,omitempty"`
	State    SplitState `json:"state"`
}

// SplitState says what the job does with a split.
type SplitState string

// The states of splits.
const (
	SplitReading SplitState = "reading"
	SplitWaiting SplitState = "waiting" // for its parents
	SplitDone    SplitState = "done"    // read to its end
)

// Operator is the state of an operator in all tasks that run it; none if it had ended.
type Operator struct {
	ID       string `json:"id"`
	Describe string `json:"describe"`
	Lanes    []Lane `json:"lanes"`
}

// Lane is the state of an operator in one task.
type Lane struct {
	Lane     int       `json:"lane"`
	Lanes    int       `json:"of"`
	Segments []Segment `json:"segments"`
}

// Segment is a piece of state: a part of a file, perhaps one that an earlier checkpoint wrote.
type Segment struct {
	Name    string `json:"name"`
	Version uint64 `json:"version"`
	File    string `json:"file"`
	Offset  int64  `json:"offset"`
	Length  int64  `json:"length"`
	CRC32C  uint32 `json:"crc32c"`
}

// Sink is what the writers of a sink have prepared and nobody may have committed yet.
type Sink struct {
	ID       string   `json:"id"`
	Table    string   `json:"table"`
	Prepared [][]byte `json:"prepared"`
}

// Files returns the names of the state files that the manifest needs.
func (m *Manifest) Files() map[string]bool {
	files := map[string]bool{}
	for _, operator := range m.Operators {
		for _, lane := range operator.Lanes {
			for _, segment := range lane.Segments {
				files[segment.File] = true
			}
		}
	}
	return files
}

// Bytes is how much state the manifest refers to.
func (m *Manifest) Bytes() int64 {
	var total int64
	for _, operator := range m.Operators {
		for _, lane := range operator.Lanes {
			for _, segment := range lane.Segments {
				total += segment.Length
			}
		}
	}
	return total
}

// ErrDamaged says that a manifest or a state file is not what was written.
var ErrDamaged = errors.New("damaged")

// Encode returns the manifest as JSON, with a checksum in a line below it.
func (m *Manifest) Encode() ([]byte, error) {
	m.Format = formatVersion
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	text = append(text, '\n')
	return fmt.Appendf(text, checksumLine, Checksum(text)), nil
}

const checksumLine = "crc32c:%08x\n"

// DecodeManifest reads what Encode has written. Anything else is ErrDamaged, except a later version.
func DecodeManifest(data []byte) (*Manifest, error) {
	size := len(fmt.Sprintf(checksumLine, 0))
	if len(data) < size {
		return nil, fmt.Errorf("manifest: %w: %d bytes", ErrDamaged, len(data))
	}
	text, line := data[:len(data)-size], data[len(data)-size:]
	if !bytes.Equal(line, fmt.Appendf(nil, checksumLine, Checksum(text))) {
		return nil, fmt.Errorf("manifest: %w: wrong checksum", ErrDamaged)
	}
	m := &Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("manifest: %w: %w", ErrDamaged, err)
	}
	if m.Format != formatVersion {
		return nil, fmt.Errorf("manifest %d has format %d, and this Penstock reads format %d", m.Number, m.Format, formatVersion)
	}
	return m, nil
}
