package checkpoint_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/penstock-io/penstock/internal/checkpoint"
	"github.com/penstock-io/penstock/internal/checkpoint/storetest"
)

func TestDirectory(t *testing.T) {
	storetest.TestStore(t, func(t *testing.T) func() checkpoint.Store {
		root := filepath.Join(t.TempDir(), "not", "there")
		return func() checkpoint.Store { return checkpoint.NewDirectory(root) }
	})
}

func TestMemory(t *testing.T) {
	storetest.TestStore(t, func(*testing.T) func() checkpoint.Store {
		m := checkpoint.NewMemory()
		return func() checkpoint.Store { return m }
	})
}

func TestDirectoryIsLockedOnce(t *testing.T) {
	root := t.TempDir()
	first, err := checkpoint.NewDirectory(root).Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checkpoint.NewDirectory(root).Lock(); !errors.Is(err, checkpoint.ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := checkpoint.NewDirectory(root).Lock()
	if err != nil {
		t.Fatalf("lock after the first was closed: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestDirectoryIsRemovedWithWhatInterruptedWritesLeft(t *testing.T) {
	for _, test := range []struct {
		name  string
		other string // a file of somebody else
		gone  bool
	}{
		{"only ours", "", true},
		{"with another file", "notes.txt", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "job")
			d := checkpoint.NewDirectory(root)
			if err := d.Put(t.Context(), "state/a", []byte("x")); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(root, "state", "a"), filepath.Join(root, "state", "a.XYZ.tmp")); err != nil {
				t.Fatal(err)
			}
			if test.other != "" {
				if err := os.WriteFile(filepath.Join(root, test.other), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.RemoveAll(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(root); os.IsNotExist(err) != test.gone {
				t.Errorf("stat: %v, want gone %t", err, test.gone)
			}
		})
	}
}
