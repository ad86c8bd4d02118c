package skill

import "github.com/trunkpass/trunkpass/skill/speech"

// Act is one thing a turn wants said, shown or done. Conversations return acts and never a sentence;
// rendering turns them into speech of the listener's language.
type Act interface{ act() }

// Say is a statement.
type Say struct {
	Key  speech.Key
	Args speech.Args
}

// Ask is the question that ends a turn. It keeps the microphone open and has a reprompt; a turn holds at
// most one, and it is said last.
type Ask struct {
	Key  speech.Key
	Args speech.Args
	// Elicit names the slot of the turn's intent that the answer fills; empty for a yes-or-no question or
	// an open one. All other slots are cleared on the way, so that the next turn holds only what is newly
	// said and an old PIN is never sent back to us.
	Elicit string
}

// Show puts a card into the Alexa app. In a car it is left out: nothing sends a driver to the phone.
type Show struct {
	Title speech.Key
	Text  speech.Key
	Args  speech.Args
}

// LinkAccount puts the account-linking card into the Alexa app (certification LINK-5), except in a car.
type LinkAccount struct{}

// Do asks for one reading of the world or one effect on it. It is the last of its list of acts: the outcome
// comes back to the flow as an event and decides how the turn goes on.
type Do struct{ Effect any }

func (Say) act()         {}
func (Ask) act()         {}
func (Show) act()        {}
func (LinkAccount) act() {}
func (Do) act()          {}
