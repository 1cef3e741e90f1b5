package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const lockName = "lock"

// ErrLocked says that a living process on this machine has the directory.
var ErrLocked = errors.New("another process runs this job")

// Lock keeps other processes of this machine out of the directory, until the file is closed or the
// process ends, however it ends. ErrLocked names the process that was first.
func (d *Directory) Lock() (io.Closer, error) {
	if err := makeDirectories(d.root); err != nil {
		return nil, err
	}
	path := filepath.Join(d.root, lockName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	taken, err := flock(file)
	if taken {
		owner, _ := os.ReadFile(path) // without it the message says less
		err = fmt.Errorf("%w: process %s", ErrLocked, strings.TrimSpace(string(owner)))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := file.Truncate(0); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := fmt.Fprintln(file, os.Getpid()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Removable is a store that can be removed when a job has finished and nothing is left in it.
type Removable interface {
	RemoveAll() error
}

// Locker is a store that keeps other processes out at once. Without it, a process learns at its next
// checkpoint that it has lost its job.
type Locker interface {
	Lock() (io.Closer, error)
}
