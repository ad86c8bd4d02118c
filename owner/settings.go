package owner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

const (
	// longestNickname is what can still be said in one breath with the rest of a sentence, in characters.
	longestNickname = 40
	// saves bounds how often a save is tried against others, a PIN that is being counted for one.
	saves = 5
)

// settingsView is the page of the owner's choices.
type settingsView struct {
	Cars                 []choice
	Pressures, Distances []choice
	LocationPIN          bool
	Nicknames            []nicknameField
	Seen                 string // what the form was filled in upon
	Changed              bool   // somebody else changed them meanwhile
	CarWrong, UnitsWrong string
	Invalid              bool
}

// nicknameField is the name of one car.
type nicknameField struct {
	ID, Field   string // the field's name in the form
	Name, Model string // in the cloud
	Value       string
	Wrong       string
}

// The units, and what the first choice of each list says. "" follows the Alexa device.
var (
	pressureUnits = []choice{{Value: "", Text: "As set on my Alexa device"}, {Value: "psi", Text: "psi"}, {Value: "kpa", Text: "kPa"}, {Value: "bar", Text: "bar"}}
	distanceUnits = []choice{{Value: "", Text: "As set on my Alexa device"}, {Value: "km", Text: "Kilometers"}, {Value: "mi", Text: "Miles"}}
)

func pick(list []choice, value string) []choice {
	picked := slices.Clone(list)
	for i := range picked {
		picked[i].Chosen = picked[i].Value == value
	}
	return picked
}

// version names the choices as they are, so that a form knows what it was filled in upon. What the page does not
// show does not count.
func version(p store.Preferences) string {
	p.Greeted = false
	data, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings, booleans and a map of strings
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

func settingsOf(cars []vehicle.Vehicle, p store.Preferences) settingsView {
	view := settingsView{
		Pressures: pick(pressureUnits, p.PressureUnit), Distances: pick(distanceUnits, p.DistanceUnit), LocationPIN: p.LocationPIN,
		Cars: []choice{{Value: "", Text: "None: ask me which car", Chosen: p.DefaultCar == ""}},
	}
	known := p.DefaultCar == ""
	for _, car := range cars {
		id := string(car.ID)
		known = known || id == p.DefaultCar
		view.Cars = append(view.Cars, choice{Value: id, Text: nameOf(car, p), Chosen: id == p.DefaultCar})
		view.Nicknames = append(view.Nicknames, nicknameField{ID: id, Field: "name." + id, Name: car.Name, Model: modelOf(car), Value: p.Nicknames[id]})
	}
	if !known {
		view.Cars = append(view.Cars, choice{Value: p.DefaultCar, Text: "A car that is not in your account any more", Chosen: true})
	}
	return view
}

func (p *page) settings(ctx context.Context, v *visit) (answer, error) {
	if err := p.confirm(ctx, v); err != nil {
		return answer{}, err
	}
	account, err := p.Accounts.Account(ctx, v.session.Owner)
	if err != nil {
		return answer{}, err
	}
	household, err := p.Cars.Household(ctx, v.token())
	if err != nil {
		return answer{}, err
	}
	view := settingsOf(household.Vehicles, account.Preferences)
	view.Seen = version(account.Preferences)
	return answer{page: "settings", view: view}, nil
}

// chosen reads the form over what is there: what the form does not have stays as it is.
func chosen(form url.Values, cars []vehicle.Vehicle, now store.Preferences) store.Preferences {
	p := now
	p.DefaultCar, p.PressureUnit, p.DistanceUnit = form.Get("car"), form.Get("pressure"), form.Get("distance")
	p.LocationPIN = form.Get("location") != ""
	p.Nicknames = maps.Clone(now.Nicknames)
	for _, car := range cars {
		id := string(car.ID)
		name := strings.Join(strings.Fields(form.Get("name."+id)), " ")
		if name == "" {
			delete(p.Nicknames, id)
			continue
		}
		if p.Nicknames == nil {
			p.Nicknames = map[string]string{}
		}
		p.Nicknames[id] = name
	}
	return p
}

// check notes in the view what is wrong with the choices.
func (s *settingsView) check(cars []vehicle.Vehicle, p, now store.Preferences) {
	offered := func(list []choice, value string) bool {
		return slices.ContainsFunc(list, func(c choice) bool { return c.Value == value })
	}
	if p.DefaultCar != now.DefaultCar && !offered(s.Cars[:len(cars)+1], p.DefaultCar) {
		s.CarWrong = "Choose one of the cars in the list."
	}
	if !offered(pressureUnits, p.PressureUnit) || !offered(distanceUnits, p.DistanceUnit) {
		s.UnitsWrong = "Choose one of the units in the list."
	}
	s.Invalid = s.CarWrong != "" || s.UnitsWrong != ""
	named := slices.Clone(cars)
	for i := range named {
		named[i].Name = nameOf(named[i], p)
	}
	for i := range s.Nicknames {
		f := &s.Nicknames[i]
		if f.Wrong = wrongName(named, f.ID, f.Value); f.Wrong != "" {
			s.Invalid = true
		}
	}
}

// wrongName says why a car cannot be called by a name, if it cannot: Alexa must hear it, and it must mean this car.
func wrongName(named []vehicle.Vehicle, id, name string) string {
	match := vehicle.Match(named, name)
	switch {
	case name == "":
		return ""
	case utf8.RuneCountInString(name) > longestNickname:
		return fmt.Sprintf("A name has at most %d characters.", longestNickname)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune("<>&", r) }):
		return "A name is made of letters, digits and spaces."
	case len(match) == 0:
		return "Alexa could not hear this as a name. Use at least one letter or digit."
	case len(match) > 1:
		return "This name would fit more than one of your cars. Choose another one."
	case string(match[0].ID) != id:
		return "This name already means your " + match[0].Name + ". Choose another one."
	default:
		return ""
	}
}

// saveSettings saves the choices. Somebody may have changed them meanwhile, by voice or in another window: then the
// form comes back, with what was chosen in it, and nothing is saved. Any other change of the account, a PIN that was
// counted for one, is no reason to ask.
func (p *page) saveSettings(ctx context.Context, v *visit) (answer, error) {
	if err := p.confirm(ctx, v); err != nil {
		return answer{}, err
	}
	household, err := p.Cars.Household(ctx, v.token())
	if err != nil {
		return answer{}, err
	}
	for range saves {
		account, err := p.Accounts.Account(ctx, v.session.Owner)
		if err != nil {
			return answer{}, err
		}
		wanted := chosen(v.form, household.Vehicles, account.Preferences)
		view := settingsOf(household.Vehicles, wanted)
		view.Seen = version(account.Preferences)
		if view.check(household.Vehicles, wanted, account.Preferences); view.Invalid {
			view.Seen = v.form.Get("seen")
			return answer{status: http.StatusUnprocessableEntity, page: "settings", view: view}, nil
		}
		if v.form.Get("seen") != view.Seen && version(wanted) != view.Seen {
			view.Changed = true
			return answer{status: http.StatusConflict, page: "settings", view: view}, nil
		}
		err = p.Accounts.SavePreferences(ctx, v.session.Owner, account.Revision, wanted)
		if err == nil {
			return answer{to: "/settings", notice: "Saved. Alexa uses it from the next question on."}, nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return answer{}, err
		}
	}
	return answer{}, fmt.Errorf("save settings: %w", store.ErrConflict)
}
