package kinesis

import "github.com/penstock-io/penstock/internal/connector"

// lineage is what a source knows of its shards: which there are, which follow from which, and which
// have been read to their end.
type lineage struct {
	shards map[string]connector.Split
	ended  map[string]bool
}

func newLineage() lineage {
	return lineage{shards: map[string]connector.Split{}, ended: map[string]bool{}}
}

// add notes a shard and reports whether it is new.
func (l *lineage) add(shard connector.Split) bool {
	if _, known := l.shards[shard.ID]; known {
		return false
	}
	l.shards[shard.ID] = shard
	return true
}

// end notes that a shard has been read to its end.
func (l *lineage) end(id string) { l.ended[id] = true }

// knowsParents reports whether all parents of some children are known.
func (l *lineage) knowsParents(children []childShard) bool {
	for _, child := range children {
		for _, parent := range child.parents {
			if _, known := l.shards[parent]; !known && !l.ended[parent] {
				return false
			}
		}
	}
	return true
}

// withAncestors returns shards, each after those it descends from that have not ended. The engine may
// not have heard of these yet: the page or the listing that named them is handed over on another
// goroutine. It takes a parent that it does not know for read, and would begin with the child.
func (l *lineage) withAncestors(ids []string) []connector.Split {
	var splits []connector.Split
	added := map[string]bool{}
	var add func(id string)
	add = func(id string) {
		shard, known := l.shards[id]
		if !known || l.ended[id] || added[id] {
			return
		}
		added[id] = true
		for _, parent := range shard.Parents {
			add(parent)
		}
		splits = append(splits, shard)
	}
	for _, id := range ids {
		add(id)
	}
	return splits
}
