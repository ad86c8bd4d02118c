package garage

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
	"github.com/trunkpass/trunkpass/vehicle/garage/outbox"
)

// record appends an event to a car's history, gives it its number, and has it sent to whoever registered, with the
// trace of what it follows from, empty for none.
func record(tx *bbolt.Tx, e wire.Event, trace string) error {
	events := tx.Bucket(bucketEvents)
	n, err := events.NextSequence()
	if err != nil {
		return err
	}
	e.ID = eventID(n)
	e.At = e.At.UTC()
	mine, err := events.CreateBucketIfNotExists([]byte(e.VehicleID))
	if err != nil {
		return err
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := mine.Put(number(n), data); err != nil || !outbox.Awaited(tx) {
		return err
	}
	k, err := find[car](tx, bucketVehicles, e.VehicleID)
	if err != nil {
		return err
	}
	return outbox.Put(tx, k.Owner, e, trace)
}

const eventPrefix = "evt_"

func eventID(n uint64) string { return fmt.Sprintf("%s%06d", eventPrefix, n) }

// eventNumber reads a cursor, which is the id of the last event seen.
func eventNumber(cursor string) (uint64, bool) {
	digits, ok := strings.CutPrefix(cursor, eventPrefix)
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, ok && err == nil
}

// eventsAfter lists up to limit events of a car after a number.
func eventsAfter(tx *bbolt.Tx, id vehicle.ID, after uint64, limit int) ([]wire.Event, error) {
	list := []wire.Event{}
	mine := tx.Bucket(bucketEvents).Bucket([]byte(id))
	if mine == nil || after+1 == 0 {
		return list, nil
	}
	c := mine.Cursor()
	for k, v := c.Seek(number(after + 1)); k != nil && len(list) < limit; k, v = c.Next() {
		var e wire.Event
		if err := json.Unmarshal(v, &e); err != nil {
			return nil, fmt.Errorf("read event %x: %w", k, err)
		}
		list = append(list, e)
	}
	return list, nil
}

// lastBefore is the number of the newest event of a car that happened before an instant; zero if none did. It
// looks from the newest back, because what is asked for is recent.
func lastBefore(tx *bbolt.Tx, id vehicle.ID, since time.Time) (uint64, error) {
	mine := tx.Bucket(bucketEvents).Bucket([]byte(id))
	if mine == nil {
		return 0, nil
	}
	c := mine.Cursor()
	for k, v := c.Last(); k != nil; k, v = c.Prev() {
		var e wire.Event
		if err := json.Unmarshal(v, &e); err != nil {
			return 0, fmt.Errorf("read event %x: %w", k, err)
		}
		if e.At.Before(since) {
			return binary.BigEndian.Uint64(k), nil
		}
	}
	return 0, nil
}

// due is something that will have happened by an instant: an event that follows from stored facts, or a
// remembered reply to forget. The agenda holds them by that instant, so that history is written in the order
// in which it happens, by whoever looks next.
type due struct {
	At      time.Time
	Type    wire.EventType `json:",omitempty"`
	Grant   string         `json:",omitempty"`
	Command string         `json:",omitempty"`
	Reply   []byte         `json:",omitempty"`
}

func schedule(tx *bbolt.Tx, list ...due) error {
	agenda := tx.Bucket(bucketAgenda)
	for _, d := range list {
		if d.At.IsZero() {
			continue // never
		}
		n, err := agenda.NextSequence()
		if err != nil {
			return err
		}
		data, err := json.Marshal(d)
		if err != nil {
			return err
		}
		if err := agenda.Put(append(instant(d.At), number(n)...), data); err != nil {
			return err
		}
	}
	return nil
}

// overdue reports whether something waits to be written.
func overdue(tx *bbolt.Tx, now time.Time) bool {
	k, _ := tx.Bucket(bucketAgenda).Cursor().First()
	return k != nil && bytes.Compare(k[:8], instant(now)) <= 0
}

// settle writes what has become due. An entry whose facts have changed since, because the grant was revoked or
// the lid shut earlier, is dropped: the facts are the truth and the agenda only a reminder.
func settle(tx *bbolt.Tx, now time.Time) error {
	for overdue(tx, now) {
		agenda := tx.Bucket(bucketAgenda)
		k, v := agenda.Cursor().First()
		var d due
		if err := json.Unmarshal(v, &d); err != nil {
			return fmt.Errorf("read agenda: %w", err)
		}
		if err := agenda.Delete(bytes.Clone(k)); err != nil {
			return err
		}
		if err := happen(tx, d); err != nil {
			return fmt.Errorf("settle %s: %w", d.Type, err)
		}
	}
	return nil
}

func happen(tx *bbolt.Tx, d due) error {
	if d.Reply != nil {
		return tx.Bucket(bucketReplies).Delete(d.Reply)
	}
	if d.Command == "" {
		return expire(tx, d)
	}
	c, ok, err := get[command](tx, bucketCommands, d.Command)
	if err != nil || !ok || !c.when(d.Type).Equal(d.At) {
		return err
	}
	e := wire.Event{Type: d.Type, At: d.At, VehicleID: string(c.Vehicle), CommandID: &c.ID, Actor: &wire.Actor{Kind: wire.ActorKindCar}}
	if c.Grant == "" {
		return record(tx, e, c.Trace)
	}
	e.GrantID = &c.Grant
	if d.Type == wire.EventTypeGrantRedeemed {
		g, err := find[grant](tx, bucketGrants, c.Grant)
		if err != nil {
			return err
		}
		by, err := holderOf(tx, g)
		if err != nil {
			return err
		}
		e.Actor = &by.actor
	}
	return record(tx, e, c.Trace)
}

// expire records the end of a grant's window, unless the grant has another end by now or was over before.
func expire(tx *bbolt.Tx, d due) error {
	g, ok, err := get[grant](tx, bucketGrants, d.Grant)
	if err != nil || !ok {
		return err
	}
	if used, err := usesOf(tx, g, d.At); err != nil || g.status(used, d.At) != vehicle.Expired {
		return err
	}
	return record(tx, g.event(d.Type, d.At, wire.Actor{Kind: wire.ActorKindCloud}), g.Trace)
}

// replyLife is how long the first answer to a key is remembered.
const replyLife = 24 * time.Hour

// reply is the first answer to an Idempotency-Key.
type reply struct {
	Request []byte // hash
	Body    json.RawMessage
}

// once does an effect if its key is new, and otherwise replays the first answer. Refusals are not
// remembered: they had no effect, and the next attempt may be allowed.
func once(tx *bbolt.Tx, now time.Time, ownerID, key string, request []any, do func() (any, error)) (json.RawMessage, error) {
	whose := sha256.Sum256([]byte(ownerID + "\x00" + key))
	text, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	asked := sha256.Sum256(text)
	first, ok, err := get[reply](tx, bucketReplies, string(whose[:]))
	if err != nil {
		return nil, err
	}
	if ok {
		if !bytes.Equal(first.Request, asked[:]) {
			return nil, refuse(wire.ProblemCodeIdempotencyKeyReused, "This Idempotency-Key named another request")
		}
		return first.Body, nil
	}
	done, err := do()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(done)
	if err != nil {
		return nil, err
	}
	if err := put(tx, bucketReplies, string(whose[:]), reply{Request: asked[:], Body: body}); err != nil {
		return nil, err
	}
	return body, schedule(tx, due{At: now.Add(replyLife), Reply: whose[:]})
}

// LedgerEntry is one effect that the cloud had, in the words of a test.
type LedgerEntry struct {
	N    uint64    `json:"n"`
	At   time.Time `json:"at"` // UTC
	Line string    `json:"line"`
}

// enter writes a line into the ledger, in the transaction of the effect itself.
func enter(tx *bbolt.Tx, at time.Time, format string, args ...any) error {
	n, err := tx.Bucket(bucketLedger).NextSequence()
	if err != nil {
		return err
	}
	data, err := json.Marshal(LedgerEntry{N: n, At: at.UTC(), Line: fmt.Sprintf(format, args...)})
	if err != nil {
		return err
	}
	return tx.Bucket(bucketLedger).Put(number(n), data)
}

// ledgerAfter lists the entries after a number, at most 1000.
func ledgerAfter(tx *bbolt.Tx, after uint64) ([]LedgerEntry, error) {
	list := []LedgerEntry{}
	if after+1 == 0 {
		return list, nil
	}
	c := tx.Bucket(bucketLedger).Cursor()
	for k, v := c.Seek(number(after + 1)); k != nil && len(list) < 1000; k, v = c.Next() {
		var e LedgerEntry
		if err := json.Unmarshal(v, &e); err != nil {
			return nil, fmt.Errorf("read ledger entry %d: %w", binary.BigEndian.Uint64(k), err)
		}
		list = append(list, e)
	}
	return list, nil
}

// wallClock is an instant as the owner's clock shows it: "18:00" today, with the date on another day.
func wallClock(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// span is a window in the words of the ledger: "until 18:00", or "from 18:00 until 20:00" if it does not
// start now.
func span(w vehicle.Window, now time.Time, zone *time.Location) string {
	until := "until " + wallClock(w.End, now, zone)
	if w.Start.After(now.Add(time.Minute)) {
		return "from " + wallClock(w.Start, now, zone) + " " + until
	}
	return until
}
