package kinesisserver

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// subscription is a running SubscribeToShard.
type subscription struct {
	consumer *consumer
	stream   *stream
	shard    *shard
	position int64
	started  time.Time

	once   sync.Once
	ended  chan struct{}
	reason *apiError // set before ended is closed; nil is a normal end
}

// end ends the subscription with an exception in the stream, or like its expiry if there is none.
func (sub *subscription) end(reason *apiError) {
	sub.once.Do(func() {
		sub.reason = reason
		close(sub.ended)
	})
}

// EndSubscriptions ends all running SubscribeToShard calls: with an exception in the stream, such as
// "ResourceInUseException" or "InternalFailureException", or, if code is "", as when their time is up.
func (s *Server) EndSubscriptions(code string) {
	var reason *apiError
	if code != "" {
		reason = errorf(code, "%s", defaultMessage(code))
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.realms {
		for _, st := range r.list(s.cfg.Now()) {
			st.endSubscriptions(reason)
		}
	}
}

func (st *stream) endSubscriptions(reason *apiError) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	for _, co := range st.consumers {
		for _, sub := range co.subscriptions {
			sub.end(reason)
		}
	}
}

// serve writes the event stream until its end.
func (sub *subscription) serve(c *call, w http.ResponseWriter) {
	flusher := http.NewResponseController(w)
	lifetime := time.NewTimer(c.srv.cfg.SubscriptionLifetime)
	defer lifetime.Stop()
	if writeMessage(w, eventHeaders("initial-response"), []byte("{}")) != nil || flusher.Flush() != nil {
		return // the client is gone
	}
	for pushed := false; ; pushed = true {
		if c.fault.dropAnswer && pushed {
			panic(http.ErrAbortHandler)
		}
		p, changed, reason := sub.next(c)
		if reason != nil {
			sub.end(reason)
		}
		select {
		case <-sub.ended:
			sub.writeEnd(w)
			return
		default:
		}
		if !c.fault.emptyPage {
			if sub.writeEvent(w, p, c.srv.cfg.Now()) != nil || flusher.Flush() != nil {
				return
			}
			sub.position = p.next
			if p.ended {
				return
			}
		}
		if !sub.pause(c, p, changed, lifetime.C) {
			sub.writeEnd(w)
			return
		}
	}
}

// next reads what there is to push, and returns a channel that is closed when there may be more.
func (sub *subscription) next(c *call) (p page, changed <-chan struct{}, reason *apiError) {
	st, now := sub.stream, c.srv.cfg.Now()
	st.rlock(now)
	defer st.mu.RUnlock()
	switch {
	case !st.carriesData():
		return p, nil, errorf(codeResourceNotFound, "Stream %s under account %s not found.", st.name, st.realm.account)
	case st.expired(sub.shard, now):
		return p, nil, errorf(codeResourceNotFound, "Shard %s in stream %s under account %s does not exist", sub.shard.name, st.name, st.realm.account)
	}
	// The channel comes first: a record that is written in between then makes it fire for nothing.
	changed = sub.shard.changes()
	return sub.shard.read(sub.position, maxRecordsPerGet, maxEventBytes, now, st.horizon(now)), changed, nil
}

// pause waits until there is something to push, or a heartbeat is due. It reports false when the
// subscription is over.
func (sub *subscription) pause(c *call, p page, changed <-chan struct{}, lifetime <-chan time.Time) bool {
	if c.fault.emptyPage {
		return sub.wait(c, 2*c.srv.cfg.SubscriptionLifetime, nil, lifetime)
	}
	if c.srv.limited && p.bytes > 0 {
		pace := time.Duration(float64(p.bytes) / readBytesPerSecond * float64(time.Second))
		if !sub.wait(c, pace, nil, lifetime) {
			return false
		}
	}
	wait := heartbeatInterval
	if p.behind > 0 { // more is there already
		wait = 0
	}
	if due, ok := sub.stream.nextChange(); ok { // a reshard: nothing else would wake this up for it
		wait = min(wait, max(due.Sub(c.srv.cfg.Now()), 0))
	}
	return sub.wait(c, wait, changed, lifetime)
}

// wait waits for a time, or less if something changes. It reports false when the subscription is
// over.
func (sub *subscription) wait(c *call, d time.Duration, changed <-chan struct{}, lifetime <-chan time.Time) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-changed:
		return true
	case <-lifetime:
		sub.end(nil)
	case <-sub.ended:
	case <-c.ctx.Done():
		sub.end(nil)
	case <-c.srv.closing:
		sub.end(nil)
	}
	return false
}

// writeEvent writes one SubscribeToShardEvent.
func (sub *subscription) writeEvent(w http.ResponseWriter, p page, now time.Time) error {
	tail := []byte(`],"MillisBehindLatest":`)
	tail = strconv.AppendInt(tail, p.behind.Milliseconds(), 10)
	if p.ended {
		tail = append(tail, `,"ChildShards":`...)
		tail = append(tail, childShardsJSON(p.children)...)
	} else {
		// The last record's number with a later time: between that record and the next.
		n := sub.shard.sequenceAt(p.next-1, max(p.second+1, now.Unix()))
		tail = append(tail, `,"ContinuationSequenceNumber":"`...)
		tail = append(n.append(tail), '"')
	}
	return writeMessage(w, eventHeaders("SubscribeToShardEvent"), p.around(`{"Records":[`, append(tail, '}'))...)
}

// writeEnd tells the client why the stream ends, if there is a reason.
func (sub *subscription) writeEnd(w http.ResponseWriter) {
	<-sub.ended
	if sub.reason == nil {
		return
	}
	payload, err := json.Marshal(struct {
		Message string `json:"message"`
	}{sub.reason.message})
	if err != nil {
		return
	}
	_ = writeMessage(w, exceptionHeaders(sub.reason.code), payload) // the client may be gone
}

// nextChange returns when the stream's status change is due, if there is one.
func (st *stream) nextChange() (due time.Time, ok bool) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	if st.change == nil {
		return time.Time{}, false
	}
	return st.change.until, true
}

// changes returns a channel that is closed at the shard's next change.
func (sh *shard) changes() <-chan struct{} {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.changed == nil {
		sh.changed = make(chan struct{})
	}
	return sh.changed
}
