package outbox

import (
	"errors"
	"testing"
)

// TestOnlyHere: whatever a name in a URL leads to, nothing leaves this machine.
func TestOnlyHere(t *testing.T) {
	for address, ok := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:443": true, "127.8.8.8:1": true,
		"10.0.0.1:80": false, "169.254.169.254:80": false, "0.0.0.0:80": false, "[::]:80": false, "[::ffff:10.0.0.1]:80": false,
		"localhost:80": false, // a dialer shows what the name led to
		"nonsense":     false,
	} {
		if err := onlyHere("tcp", address, nil); (err == nil) != ok || err != nil && !errors.Is(err, ErrTarget) {
			t.Errorf("%s: %v, want it dialed: %t", address, err, ok)
		}
	}
}

func TestWaitsGrow(t *testing.T) {
	for i := 1; i < len(waits); i++ {
		if waits[i] <= waits[i-1] || waits[i] > keepTrying {
			t.Errorf("wait %d is %s after %s", i, waits[i], waits[i-1])
		}
	}
}
