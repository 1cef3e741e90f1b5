package kinesis

import "github.com/aws/aws-sdk-go-v2/service/kinesis/types"

// record is an encoded row on its way to the service.
type record = types.PutRecordsRequestEntry

// recordSize is what the limits of the service count.
func recordSize(r *record) int { return len(r.Data) + len(*r.PartitionKey) }

func totalSize(records []record) (size int) {
	for i := range records {
		size += recordSize(&records[i])
	}
	return size
}

// queue is the records of a writer that no request was cut for yet.
//
// With an order to keep, at most one record of each partition key is outside of held until release
// says that it has been dealt with: requests are answered record by record, so that no other way of
// sending two records of a key is sure to store them in their order.
type queue struct {
	urgent []record            // go with the next request
	fresh  []record            // go when there is enough for a request, after urgent
	held   map[string][]record // by keys that are under way; nil: no order to keep
	bytes  int                 // of urgent and fresh
}

func newQueue(perKey bool) queue {
	if perKey {
		return queue{held: map[string][]record{}}
	}
	return queue{}
}

// ready returns how many records may go.
func (q *queue) ready() int { return len(q.urgent) + len(q.fresh) }

// add appends records.
func (q *queue) add(records []record) {
	if q.held == nil {
		q.fresh = append(q.fresh, records...)
		q.bytes += totalSize(records)
		return
	}
	for i := range records {
		r := &records[i]
		if later, busy := q.held[*r.PartitionKey]; busy {
			q.held[*r.PartitionKey] = append(later, *r)
			continue
		}
		q.held[*r.PartitionKey] = nil
		q.fresh = append(q.fresh, *r)
		q.bytes += recordSize(r)
	}
}

// release says that records which were cut have been dealt with, one way or the other. Those that
// waited for them are urgent, because they have waited.
func (q *queue) release(records []record) {
	if q.held == nil {
		return
	}
	for i := range records {
		key := *records[i].PartitionKey
		later := q.held[key]
		if len(later) == 0 {
			delete(q.held, key)
			continue
		}
		q.urgent = append(q.urgent, later[0])
		q.bytes += recordSize(&later[0])
		q.held[key] = later[1:]
	}
}

// urge makes everything that may go urgent.
func (q *queue) urge() {
	if len(q.urgent) == 0 {
		q.urgent, q.fresh = q.fresh, nil
		return
	}
	q.urgent = append(q.urgent, q.fresh...)
	q.fresh = nil
}

// cut takes the records of a request: at least one, even if that is larger than a request should be.
func (q *queue) cut(most, mostBytes int) []record {
	bytes := 0
	take := func(from *[]record, most int) []record {
		n := 0
		for n < len(*from) && n < most {
			size := recordSize(&(*from)[n])
			if bytes > 0 && bytes+size > mostBytes {
				break
			}
			bytes += size
			n++
		}
		taken := (*from)[:n:n]
		*from = (*from)[n:]
		return taken
	}
	records := take(&q.urgent, most)
	if len(q.urgent) == 0 && len(records) < most {
		more := take(&q.fresh, most-len(records))
		if len(records) == 0 {
			records = more
		} else {
			records = append(records, more...)
		}
	}
	q.bytes -= bytes
	return records
}
