package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/echo"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// talk is one conversation of a plan. Its words come from dice of its own, so that the others may be left out; only
// what it is answered depends on them.
type talk struct {
	n      int // in the plan
	device string
	seed   uint64
	first  string
	then   []string // what follows, in a conversation that is laid down; else the dice say
	point  string   // where the process is killed; "" for nowhere
	omen   string   // what the cloud does meanwhile, in a conversation that is laid down
}

// The devices of a storm, several of one owner: login, kind, number.
var stormDevices = []string{"demo echo 1", "demo show 2", "demo car 3", "neighbor echo 4", "neighbor show 5"}

// What stands for a PIN in what is said.
const (
	sayRight    = "(right)"
	sayWrong    = "(wrong)"
	saySilence  = "(silence)"
	wrongDigits = "1358"
	mostTurns   = 10
)

var digitWords = strings.NewReplacer("0", "zero ", "1", "one ", "2", "two ", "3", "three ", "4", "four ", "5", "five ", "6", "six ", "8", "eight ", "9", "nine ")

// acting are the intents that change something; half of all conversations are about them.
var acting = []string{
	"LetCourierIn", "LetCourierIn", "LetCourierIn", "LetGuestIn", "ExtendGrant", "CancelGrant", "OpenTrunk", "OpenTrunk", "UnlockCar", "LockCar",
	"BlockEveryone", "Unblock",
}

// slotWords fills the slots of samples. Lists of the model come on top.
var slotWords = map[string][]string{
	"AMAZON.DATE": {"today", "tomorrow"}, "AMAZON.TIME": {"six p. m.", "seven thirty p. m.", "eight p. m.", "four p. m."},
	"AMAZON.DURATION": {"one hour", "two hours", "thirty minutes"}, "AMAZON.FOUR_DIGIT_NUMBER": {"one three five eight"},
	"Carrier": {"u. p. s.", "fedex", "d. h. l.", "u. s. p. s.", "speedy parcels"}, "Unit": {"bar", "kilopascals"},
	"Car": {"golf", "bolt", "outback", "cinquecento"},
}

// guestCode is what a card shows once and nobody writes down.
var guestCode = regexp.MustCompile(`\b\d{6,8}\b`)

var slotInSample = regexp.MustCompile(`\{(\w+)\}`)

// utterance draws something to say from the samples of an intent.
func utterance(m *models.InteractionModel, name string, dice *rand.Rand) string {
	intent, _ := m.LanguageModel.Intent(name)
	if len(intent.Samples) == 0 {
		return "help"
	}
	return slotInSample.ReplaceAllStringFunc(pick(dice, intent.Samples), func(braced string) string {
		slot, _ := intent.Slot(strings.Trim(braced, "{}"))
		if words := slotWords[slot.Type]; words != nil {
			return pick(dice, words)
		}
		listed, _ := m.LanguageModel.Type(slot.Type)
		if len(listed.Values) == 0 {
			return "one"
		}
		return pick(dice, listed.Values).Name.Value
	})
}

func pick[T any](dice *rand.Rand, list []T) T { return list[dice.IntN(len(list))] }

// plan draws conversations.
func plan(m *models.InteractionModel, seed uint64, from, count int, points []string) []talk {
	var list []talk
	for n := from; n < from+count; n++ {
		dice := rand.New(rand.NewPCG(seed, uint64(n)))
		intent := pick(dice, acting)
		if dice.IntN(2) == 0 {
			intent = pick(dice, m.LanguageModel.Intents).Name
		}
		c := talk{n: n, device: stormDevices[min(dice.IntN(7), 6)%len(stormDevices)], seed: dice.Uint64(), first: utterance(m, intent, dice)}
		if len(points) > 0 && dice.IntN(6) == 0 {
			c.point = pick(dice, points)
		}
		list = append(list, c)
	}
	return list
}

// next is what the driver answers. What was asked is told by the words; whatever else is asked, any word will do.
func next(m *models.InteractionModel, owner household, speech string, dice *rand.Rand) string {
	d := dice.IntN(100)
	switch {
	case d < 3:
		return saySilence
	case d < 6:
		return pick(dice, []string{"help", "repeat", "yes", "no"})
	case d < 9:
		return pick(dice, []string{"stop", "cancel"})
	case d < 13:
		return utterance(m, pick(dice, m.LanguageModel.Intents).Name, dice)
	case asksForPIN(speech) && d < 28:
		return sayWrong
	case asksForPIN(speech):
		return sayRight
	case strings.Contains(speech, "arrier"):
		return pick(dice, []string{"u. p. s.", "fedex"})
	case strings.Contains(speech, "ntil when"):
		return pick(dice, slotWords["AMAZON.TIME"])
	case strings.Contains(speech, "hich day"):
		return "today"
	case strings.Contains(speech, "Who is"):
		return "my neighbor"
	case strings.Contains(speech, "unit"):
		return pick(dice, slotWords["Unit"])
	case strings.Contains(speech, "ar do you mean") || strings.Contains(speech, "name of the car"):
		return pick(dice, []string{"golf", "bolt", "outback"})
	}
	return "stop"
}

// stormDevice is an Echo with what the driver remembers.
type stormDevice struct {
	name, login string
	storm       *storm
	echo        *echo.Echo
	model       *models.InteractionModel

	mu         sync.Mutex
	link       string // the access token
	took       time.Duration
	attributes string

	session  int
	asked    string
	readback string
}

func (s *storm) newDevice(name string) (*stormDevice, error) {
	parts := strings.Fields(name)
	d := &stormDevice{name: name, login: parts[0], storm: s, model: s.model}
	ids := 0
	var err error
	d.echo, err = echo.New(echo.Options{
		Model: s.model, Locale: "en-US", Device: echo.Kind(parts[1]), ApplicationID: applicationID, Send: d.send, Token: d.token,
		Now: s.now, NewID: func() string { ids++; return fmt.Sprintf("%s-%d-%d", parts[2], s.run, ids) },
		Zone: vancouver, Units: "IMPERIAL", UserID: stormUser(d.login), DeviceID: "amzn1.ask.device.storm" + parts[2],
	})
	return d, err
}

func stormUser(login string) string { return "amzn1.ask.account.storm-" + login }

func (d *stormDevice) token(ctx context.Context) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.link != "" {
		return d.link, nil
	}
	owner, _ := d.storm.demo.Owner(d.login)
	token, err := garage.SignIn(ctx, http.DefaultClient, d.storm.garageURL(), owner.Login, owner.Password)
	for i := 0; err != nil && i < 20 && pauseFor(ctx, 100*time.Millisecond); i++ { // the cloud may be restarting
		token, err = garage.SignIn(ctx, http.DefaultClient, d.storm.garageURL(), owner.Login, owner.Password)
	}
	if err != nil {
		return "", err
	}
	d.link = token.AccessToken
	d.storm.sky.knows(token.AccessToken, d)
	return d.link, nil
}

// send hands one request over, and takes the time that the skill had.
func (d *stormDevice) send(ctx context.Context, body []byte) ([]byte, error) {
	began := time.Now()
	answer, err := d.storm.place.answer(ctx, body)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.took = max(d.took, time.Since(began))
	if err == nil && d.storm.sky.hit(d.name, "before the answer") {
		d.storm.kill("before the answer")
		return nil, errors.New("killed before the answer was there")
	}
	var response struct {
		SessionAttributes json.RawMessage `json:"sessionAttributes"`
	}
	if json.Unmarshal(answer, &response) == nil {
		d.attributes = string(response.SessionAttributes)
	}
	return answer, err
}

// hold plays one conversation to its end.
func (d *stormDevice) hold(ctx context.Context, c talk) {
	dice := rand.New(rand.NewPCG(c.seed, 1))
	if c.point != "" {
		d.storm.sky.arm(d.name, c.point)
		defer d.storm.sky.disarm(d.name)
	}
	t, ok := d.say(ctx, c, c.first)
	for i := 0; ok && t.open && t.failed == nil && i < mostTurns; i++ {
		words := "stop"
		switch {
		case i < len(c.then):
			words = c.then[i]
		case c.then == nil:
			words = next(d.model, householdOf(d.login), t.speech, dice)
		}
		if heard, ok := d.say(ctx, c, words); ok {
			t = heard
		}
	}
	for range 2 {
		if t.open && t.failed == nil {
			t, _ = d.say(ctx, c, "stop")
		}
	}
}

// say is one turn. ok is false for words that the model does not know: nothing was sent then.
func (d *stormDevice) say(ctx context.Context, c talk, words string) (heard, bool) {
	t := heard{device: d.name, login: d.login, talk: c.n, session: d.session, said: words, asked: d.asked, readback: d.readback}
	switch words {
	case sayRight:
		t.pin, words = rightOne, digitWords.Replace(householdOf(d.login).pin)
	case sayWrong:
		t.pin, words = wrongOne, digitWords.Replace(wrongDigits)
	}
	t.began, d.took, d.attributes = d.storm.now(), 0, ""
	var turn echo.Turn
	var err error
	if words == saySilence {
		turn, err = d.echo.Silence(ctx)
	} else {
		turn, err = d.echo.Say(ctx, words)
	}
	_, missed := errors.AsType[*echo.NoMatch](err)
	_, unclear := errors.AsType[*echo.Ambiguous](err)
	if missed || unclear {
		t.open = turn.Session == "open"
		return t, false
	}
	t.ended, t.took, t.attributes = d.storm.now(), d.took, d.attributes
	t.speech, t.open, t.failed = turn.Speech, turn.Session == "open", err
	for _, code := range guestCode.FindAllString(turn.Card, -1) {
		d.storm.secret(code)
	}
	d.storm.heard(t)
	d.remember(t)
	return t, true
}

func (d *stormDevice) remember(t heard) {
	d.asked = t.speech
	if strings.Contains(t.speech, "To confirm, tell me your PIN") {
		d.readback = t.speech
	}
	if !t.open || t.failed != nil {
		d.session, d.asked, d.readback = d.session+1, "", ""
	}
	if strings.Contains(t.speech, "no longer linked") || strings.Contains(t.speech, "link your dongle account") {
		d.unlink()
	}
}

// unlink has the account linked anew, as Alexa refreshes a token.
func (d *stormDevice) unlink() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.link = ""
}

// sharing splits a plan by device, each in its order.
func sharing(list []talk) [][]talk {
	shares := make([][]talk, len(stormDevices))
	for _, c := range list {
		i := slices.Index(stormDevices, c.device)
		shares[i] = append(shares[i], c)
	}
	return shares
}
