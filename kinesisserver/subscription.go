package kinesisserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// subscription is a running SubscribeToShard.
type subscription struct {
	stream   *stream
	shard    *shard
	position int64
	started  time.Time     // by the server's clock
	expires  time.Time     // by the real one
	ahead    time.Duration // by how much the server's clock had been moved then

	moved <-chan struct{} // closed when the clock is moved after the latest look at the shard

	once   sync.Once
	ended  chan struct{}
	reason *apiError // set before ended is closed; nil is a normal end
}

// end ends the subscription with an exception in the stream, or like its expiry if there is none. It
// reports false when the subscription had ended before.
func (sub *subscription) end(reason *apiError) (first bool) {
	sub.once.Do(func() {
		sub.reason, first = reason, true
		close(sub.ended)
	})
	return first
}

// left returns how long the subscription may go on, negative when it should have ended.
func (sub *subscription) left(c *clock) time.Duration {
	return time.Until(sub.expires) - (c.ahead() - sub.ahead)
}

// EndSubscriptions ends all running SubscribeToShard calls: with an exception in the stream, such as
// "ResourceInUseException" or "InternalFailureException", or, if code is "", as when their time is up.
// It returns how many there were.
func (s *Server) EndSubscriptions(code string) (ended int) {
	var reason *apiError
	if code != "" {
		reason = errorf(code, "%s", defaultMessage(code))
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.realms {
		for _, st := range r.list(s.Now()) {
			ended += st.endSubscriptions(reason)
		}
	}
	return ended
}

func (st *stream) endSubscriptions(reason *apiError) (ended int) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	for _, co := range st.consumers {
		for _, sub := range co.subscriptions {
			if sub.end(reason) {
				ended++
			}
		}
	}
	return ended
}

// serve writes the event stream until its end.
func (sub *subscription) serve(c *call, w http.ResponseWriter) {
	defer sub.end(nil) // also when the client is gone
	push := func(headers []eventHeader, payload ...[]byte) error {
		defer c.srv.limitWriting(w)()
		return errors.Join(writeMessage(w, headers, payload...), http.NewResponseController(w).Flush())
	}
	if push(eventHeaders("initial-response"), []byte("{}")) != nil {
		return
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
			sub.pushEnd(push)
			return
		default:
		}
		if !c.fault.emptyPage {
			if push(eventHeaders("SubscribeToShardEvent"), sub.event(p, c.srv.Now())...) != nil {
				return
			}
			sub.position = p.next
			if p.ended {
				return
			}
		}
		if !sub.pause(c, p, changed) {
			sub.pushEnd(push)
			return
		}
	}
}

// next reads what there is to push, and returns a channel that is closed when there may be more.
func (sub *subscription) next(c *call) (p page, changed <-chan struct{}, reason *apiError) {
	sub.moved = c.srv.clock.moves()
	st, now := sub.stream, c.srv.Now()
	if st.rlockForData(now) != nil {
		return p, nil, st.errNotFound()
	}
	defer st.mu.RUnlock()
	if st.expired(sub.shard, now) {
		return p, nil, errNoSuchShard(sub.shard.name, st.name, st.realm.account)
	}
	// The channel comes first: a record that is written in between then makes it fire for nothing.
	changed = sub.shard.changes()
	return sub.shard.read(sub.position, maxRecordsPerGet, maxEventBytes, now, st.horizon(now)), changed, nil
}

// pause waits until there is something to push, or a heartbeat is due. It reports false when the
// subscription is over.
func (sub *subscription) pause(c *call, p page, changed <-chan struct{}) bool {
	if c.fault.emptyPage {
		return sub.wait(c, 2*c.srv.cfg.SubscriptionLifetime, nil)
	}
	if c.srv.limited() && p.bytes > 0 {
		pace := time.Duration(float64(p.bytes) / readBytesPerSecond * float64(time.Second))
		if !sub.wait(c, pace, nil) {
			return false
		}
	}
	wait := heartbeatInterval
	if p.behind > 0 && !p.paused { // more is there already
		wait = 0
	}
	if due, ok := sub.stream.nextChange(); ok { // a reshard: nothing else would wake this up for it
		wait = min(wait, max(due.Sub(c.srv.Now()), 0))
	}
	return sub.wait(c, wait, changed)
}

// wait waits for a time, or less if something changes or the clock is moved. It reports false when
// the subscription is over.
func (sub *subscription) wait(c *call, d time.Duration, changed <-chan struct{}) bool {
	left := sub.left(&c.srv.clock)
	timer := time.NewTimer(min(d, left))
	defer timer.Stop()
	select {
	case <-timer.C:
		if d < left {
			return true
		}
		sub.end(nil)
	case <-sub.moved:
		return true
	case <-changed:
		return true
	case <-sub.ended:
	case <-c.ctx.Done():
		sub.end(nil)
	case <-c.srv.closing:
		sub.end(nil)
	}
	return false
}

// event returns the payload of one SubscribeToShardEvent.
func (sub *subscription) event(p page, now time.Time) [][]byte {
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
	return p.around(`{"Records":[`, append(tail, '}'))
}

// pushEnd tells the client why the stream ends, if there is a reason.
func (sub *subscription) pushEnd(push func(headers []eventHeader, payload ...[]byte) error) {
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
	_ = push(exceptionHeaders(sub.reason.code), payload) // the client may be gone
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
