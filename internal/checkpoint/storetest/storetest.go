// Package storetest is the suite that the tests of every checkpoint store run.
package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/penstock-io/penstock/internal/checkpoint"
)

// TestStore checks a store. open opens the same place again within one test, and an empty one in
// another.
func TestStore(t *testing.T, open func(t *testing.T) func() checkpoint.Store) {
	for _, check := range []struct {
		name string
		run  func(t *testing.T, open func() checkpoint.Store)
	}{
		{"KeepsWhatWasPut", keepsWhatWasPut},
		{"CreatesANameOnce", createsANameOnce},
		{"CreatesANameOnceUnderContention", createsUnderContention},
		{"ListsInOrder", listsInOrder},
		{"DeletesWhatIsThere", deletes},
	} {
		t.Run(check.name, func(t *testing.T) { check.run(t, open(t)) })
	}
}

func keepsWhatWasPut(t *testing.T, open func() checkpoint.Store) {
	ctx := t.Context()
	if _, err := open().Get(ctx, "log/1"); !errors.Is(err, checkpoint.ErrNotFound) {
		t.Fatalf("get of nothing: %v", err)
	}
	for _, data := range []string{"first", "", "second, longer"} {
		if err := open().Put(ctx, "log/1", []byte(data)); err != nil {
			t.Fatal(err)
		}
		got, err := open().Get(ctx, "log/1")
		if err != nil || string(got) != data {
			t.Errorf("got %q, %v; want %q", got, err, data)
		}
	}
}

func createsANameOnce(t *testing.T, open func() checkpoint.Store) {
	ctx := t.Context()
	if err := open().Create(ctx, "log/1", []byte("mine")); err != nil {
		t.Fatal(err)
	}
	if err := open().Create(ctx, "log/1", []byte("yours")); !errors.Is(err, checkpoint.ErrExists) {
		t.Errorf("second create: %v", err)
	}
	if got, err := open().Get(ctx, "log/1"); err != nil || string(got) != "mine" {
		t.Errorf("got %q, %v", got, err)
	}
}

func createsUnderContention(t *testing.T, open func() checkpoint.Store) {
	ctx := t.Context()
	const rivals = 8
	var created []string
	var mu sync.Mutex
	var wait sync.WaitGroup
	for i := range rivals {
		wait.Go(func() {
			data := fmt.Sprint("rival ", i)
			switch err := open().Create(ctx, "log/1", []byte(data)); {
			case err == nil:
				mu.Lock()
				defer mu.Unlock()
				created = append(created, data)
			case !errors.Is(err, checkpoint.ErrExists):
				t.Errorf("create: %v", err)
			}
		})
	}
	wait.Wait()
	got, err := open().Get(ctx, "log/1")
	if err != nil || !slices.Equal(created, []string{string(got)}) {
		t.Errorf("created by %q, holds %q, %v", created, got, err)
	}
}

func listsInOrder(t *testing.T, open func() checkpoint.Store) {
	ctx := t.Context()
	if names, err := open().List(ctx, "log/"); err != nil || len(names) > 0 {
		t.Fatalf("empty store lists %q, %v", names, err)
	}
	for _, name := range []string{"state/b", "log/2", "log/10", "state/a"} {
		if err := open().Put(ctx, name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string][]string{"log/": {"log/10", "log/2"}, "state/": {"state/a", "state/b"}, "none/": nil} {
		if names, err := open().List(ctx, prefix); err != nil || !slices.Equal(names, want) {
			t.Errorf("%s lists %q, %v; want %q", prefix, names, err, want)
		}
	}
}

func deletes(t *testing.T, open func() checkpoint.Store) {
	ctx := t.Context()
	for _, name := range []string{"state/a", "state/b", "state/c"} {
		if err := open().Put(ctx, name, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := open().Delete(ctx, "state/a", "state/none", "state/c"); err != nil {
		t.Fatal(err)
	}
	if names, err := open().List(ctx, "state/"); err != nil || !slices.Equal(names, []string{"state/b"}) {
		t.Errorf("left %q, %v", names, err)
	}
	if err := open().Delete(ctx); err != nil {
		t.Errorf("delete of nothing: %v", err)
	}
}
