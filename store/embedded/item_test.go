package embedded

import (
	"reflect"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
)

func mustPut(t *testing.T, s *Store, bucket []byte, id, data string) {
	t.Helper()
	if err := s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put([]byte(id), []byte(data)) }); err != nil {
		t.Fatal(err)
	}
}

func TestItems(t *testing.T) {
	for name, tt := range map[string]struct{ data, want string }{
		"newer":          {`{"format":3,"revision":1,"nickname":"red one"}`, "newer trunkpass"},
		"no format":      {`{"revision":1}`, "damaged"},
		"no revision":    {`{"format":1}`, "damaged"},
		"unknown member": {`{"format":1,"revision":1,"nickname":"red one"}`, "damaged"},
		"unknown inside": {`{"format":2,"revision":1,"pin":{"hint":"4821"},"user":{"hint":"4821"}}`, "damaged"},
		"cut short":      {`{"format":1,"revision":`, "damaged"},
		"wrong type":     {`{"format":1,"revision":"4821"}`, "damaged"},
		"not JSON":       {"4821", "damaged"},
		"empty":          {"", "damaged"},
	} {
		s := mustOpen(t, newPath(t))
		for _, bucket := range [][]byte{accountsBucket, usersBucket, inboxBucket} {
			mustPut(t, s, bucket, "a", tt.data)
		}
		_, readErr := s.Account(t.Context(), "a")
		_, userErr := s.User(t.Context(), "a")
		errs := map[string]error{
			"read": readErr, "read user": userErr,
			"swap":      s.SwapPIN(t.Context(), "a", 1, pin.Record{}),
			"save":      s.SavePreferences(t.Context(), "a", 0, store.Preferences{}),
			"erase":     s.Erase(t.Context(), "a", 1),
			"save user": s.SaveUser(t.Context(), store.User{ID: "a"}),
		}
		if tt.data != `{"format":1}` { // a message has no revision
			_, errs["claim"] = s.Claim(t.Context(), "a", store.KeepSettled)
			errs["finish"], errs["release"] = s.Finish(t.Context(), "a"), s.Release(t.Context(), "a")
		}
		for op, err := range errs {
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "4821") {
				t.Errorf("%s: %s: %v, want %q and nothing of the data", name, op, err, tt.want)
			}
		}
		if _, err := s.Account(t.Context(), "b"); err != nil {
			t.Errorf("%s: another account: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"format":1,"revision":7,"pin":{"hash":"h","failures":2,"set_at":"2031-05-06T14:00:00Z"}}`))
	f.Add([]byte(`{"format":2,"revision":1,"preferences":{"pressure_unit":"bar"},"users":["u"],"expires_at":"2031-05-06T14:00:01Z"}`))
	f.Add([]byte(`{"format":2,"revision":1,"user":{"owner":"demo","region":"eu","linked_at":"2031-05-06T16:00:00+02:00"}}`))
	f.Add([]byte(`{"format":2,"lease_until":"2031-05-06T14:00:00Z","settled":true}`))
	f.Add([]byte(`{"format":99}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := decodeAccount("a", data, start); err == nil && data != nil {
			again, err := encodeAccount(a)
			if err != nil {
				return // a year beyond 9999, or a part beyond its limit, is read but not written
			}
			b, err := decodeAccount("a", again, start)
			same := reflect.DeepEqual(b, a) || b.PIN.SetAt.Equal(a.PIN.SetAt) && b.PIN.LockedAt.Equal(a.PIN.LockedAt)
			if a.Revision > 0 && (err != nil || !same) {
				t.Errorf("%s is read as %+v, then as %+v, %v", data, a, b, err)
			}
		}
		if u, err := decodeUser("u", data, start); err == nil && u.Revision > 0 {
			if again, err := encodeUser(u); err == nil {
				if b, err := decodeUser("u", again, start); err != nil || b.Owner != u.Owner || !b.LinkedAt.Equal(u.LinkedAt) {
					t.Errorf("%s is read as %+v, then as %+v, %v", data, u, b, err)
				}
			}
		}
		if m, err := decodeMessage(data, start); err == nil && m.Format > format {
			t.Errorf("%s is read as %+v", data, m)
		}
	})
}
