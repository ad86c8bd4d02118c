package endpoint

import (
	"container/heap"
	"crypto/sha256"
	"sync"
	"time"
)

// sightings are the requests that came, by their ids, for as long as their time stamps would still be accepted: after
// that a copy is refused for its age. They are kept in memory, so a copy that comes to another process, or after a
// restart, is only refused by the checks that follow. It is safe for concurrent use.
type sightings struct {
	limit int

	mu    sync.Mutex
	byID  map[sightingID]*sighting
	queue byExpiry
}

// sightingID stands for an id of any length.
type sightingID [sha256.Size]byte

type sighting struct {
	id    sightingID
	until time.Time // included
	done  bool      // its answer has been given
	place int       // in the queue
}

// what a request is to those who came before it.
type seenState int

const (
	firstSeen seenState = iota // it is under way from now on, until end
	underWay                   // the same request is just being answered
	answered                   // the same request has been answered
)

func newSightings(limit int) *sightings {
	return &sightings{limit: limit, byID: map[sightingID]*sighting{}}
}

// begin asks whether a request came before, and notes it if not. crowded tells that a request whose copy would still be
// accepted had to be forgotten to make room.
func (s *sightings) begin(id string, now, until time.Time) (state seenState, crowded bool) {
	key := sightingID(sha256.Sum256([]byte(id)))
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) > 0 && s.queue[0].until.Before(now) {
		s.drop(s.queue[0])
	}
	if known := s.byID[key]; known != nil {
		if known.done {
			return answered, false
		}
		return underWay, false
	}
	if crowded = len(s.queue) >= s.limit; crowded {
		s.drop(s.queue[0]) // the one whose copy would be refused soonest
	}
	fresh := &sighting{id: key, until: until}
	s.byID[key] = fresh
	heap.Push(&s.queue, fresh)
	return firstSeen, crowded
}

// end tells how a request went. One that failed may come again.
func (s *sightings) end(id string, failed bool) {
	key := sightingID(sha256.Sum256([]byte(id)))
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.byID[key]
	switch {
	case known == nil: // pushed out in the meantime
	case failed:
		s.drop(known)
	default:
		known.done = true
	}
}

func (s *sightings) drop(one *sighting) {
	heap.Remove(&s.queue, one.place)
	delete(s.byID, one.id)
}

// byExpiry is a heap (container/heap) with what expires first on top.
type byExpiry []*sighting

func (q byExpiry) Len() int           { return len(q) }
func (q byExpiry) Less(i, j int) bool { return q[i].until.Before(q[j].until) }
func (q byExpiry) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push and Pop are for container/heap.
func (q *byExpiry) Push(one any) {
	s := one.(*sighting)
	s.place = len(*q)
	*q = append(*q, s)
}

// Pop takes the last.
func (q *byExpiry) Pop() any {
	last := len(*q) - 1
	s := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return s
}
