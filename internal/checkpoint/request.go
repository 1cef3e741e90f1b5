package checkpoint

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// requestPrefix is where other processes ask the one that runs a job for something.
const (
	requestPrefix = "requests/"
	answerSuffix  = "-answer"
)

// Request asks the process that runs a job for a savepoint.
type Request struct {
	Name string `json:"-"`
	To   string `json:"to"` // the place of the savepoint
}

// Answer is what it says.
type Answer struct {
	Error string `json:"error,omitempty"`
}

// Ask puts a request into a store and waits for its answer, looking for it every interval. It returns
// ctx's error if there is none in time.
func Ask(ctx context.Context, store Store, r Request, interval time.Duration) (Answer, error) {
	name := requestPrefix + rand.Text()
	text, err := json.Marshal(r)
	if err != nil {
		return Answer{}, err
	}
	if err := store.Put(ctx, name, text); err != nil {
		return Answer{}, err
	}
	defer func() { _ = store.Delete(context.WithoutCancel(ctx), name, name+answerSuffix) }() // the next Take deletes what is left
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		case <-ticker.C:
		}
		text, err := store.Get(ctx, name+answerSuffix)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return Answer{}, err
		}
		var a Answer
		return a, json.Unmarshal(text, &a)
	}
}

// Requests returns the requests that have no answer. One that cannot be read is answered at once.
func (l *Log) Requests(ctx context.Context) ([]Request, error) {
	names, err := l.store.List(ctx, requestPrefix)
	if err != nil {
		return nil, err
	}
	answered := map[string]bool{}
	for _, name := range names {
		if request, ok := strings.CutSuffix(name, answerSuffix); ok {
			answered[request] = true
		}
	}
	var all []Request
	for _, name := range names {
		if answered[name] || strings.HasSuffix(name, answerSuffix) {
			continue
		}
		r := Request{Name: name}
		text, err := l.store.Get(ctx, name)
		if errors.Is(err, ErrNotFound) {
			continue // who asked has given up
		}
		if err == nil {
			err = json.Unmarshal(text, &r)
		}
		if err != nil {
			if err := l.Answer(ctx, r, err); err != nil {
				return nil, err
			}
			continue
		}
		all = append(all, r)
	}
	return all, nil
}

// Answer says how a request has ended.
func (l *Log) Answer(ctx context.Context, r Request, failure error) error {
	var a Answer
	if failure != nil {
		a.Error = failure.Error()
	}
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return l.store.Put(ctx, r.Name+answerSuffix, text)
}
