package setup

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
)

// Pepper is the part of the secret that PINs are hashed with: {"pepper": "<base64 of 32 random bytes or more>"}.
type Pepper struct {
	Pepper []byte `json:"pepper" validate:"min=32,max=1024"`
	// OldPeppers are those before it, as long as PINs are left that were not spoken since (docs/operate.md).
	OldPeppers [][]byte `json:"old_peppers" validate:"max=8,dive,min=32,max=1024"`
}

// Guard is a pin.Guard whose pepper is fetched when the first PIN is spoken: most turns ask for none, and a cold
// start should not pay for it. Safe for concurrent use.
type Guard struct {
	pepper  *Secret[Pepper]
	options pin.Options

	mu    sync.Mutex
	guard *pin.Guard
}

// NewGuard makes the guard of the accounts in the ledger. observe may be nil.
func NewGuard(pepper *Secret[Pepper], ledger pin.Ledger, now func() time.Time, observe func(pin.Result)) *Guard {
	return &Guard{pepper: pepper, options: pin.Options{Ledger: ledger, Now: now, Observe: observe}}
}

// ready makes the guard once. After an error the next caller tries again.
func (g *Guard) ready(ctx context.Context) (*pin.Guard, error) {
	secret, err := g.pepper.Get(ctx)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.guard == nil {
		o := g.options
		o.Pepper, o.OldPeppers = secret.Pepper, secret.OldPeppers
		if g.guard, err = pin.NewGuard(o); err != nil {
			return nil, err
		}
	}
	return g.guard, nil
}

// CheckRead is pin.Guard's.
func (g *Guard) CheckRead(ctx context.Context, account string, code pin.Code, record pin.Record, seen pin.Revision) (pin.Verdict, error) {
	guard, err := g.ready(ctx)
	if err != nil {
		return pin.Verdict{}, fmt.Errorf("check PIN: %w", err)
	}
	return guard.CheckRead(ctx, account, code, record, seen)
}
