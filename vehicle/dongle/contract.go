package dongle

import (
	_ "embed"
	"regexp"
	"strings"
	"unicode"

	"github.com/go-playground/validator/v10"

	"github.com/trunkpass/trunkpass/vehicle/dongle/wire"
)

// Contract is openapi.yaml: what this client expects of a cloud, word for word.
//
//go:embed openapi.yaml
var Contract []byte

// rules say what an answer must satisfy to be believed at all: identities, names that will be spoken,
// windows, counts. Limits are those of openapi.yaml. Whatever is not listed is optional and, when absurd,
// is dropped by the translation instead of spoiling the whole answer.
var rules = []struct {
	of     any
	fields map[string]string
}{
	{wire.Owner{}, map[string]string{
		"ID": "required,max=64,opaque", "Name": "required,max=60,spoken", "TimeZone": "required,max=64,timezone",
	}},
	{wire.VehicleList{}, map[string]string{"Vehicles": "max=100,unique=ID,dive"}},
	{wire.Vehicle{}, map[string]string{
		"ID": "required,max=64,opaque", "Name": "required,max=60,spoken", "Capabilities": "max=50",
	}},
	{wire.Diagnostics{}, map[string]string{"VehicleID": "required,max=64,opaque", "Tires": "max=50", "Doors": "max=50"}},
	{wire.TroubleCodes{}, map[string]string{"Codes": "max=100"}},
	{wire.TripPage{}, map[string]string{"Trips": "max=100", "NextCursor": "omitempty,max=200,printed"}},
	{wire.EventPage{}, map[string]string{"Events": "max=100,unique=ID,dive", "NextCursor": "max=200,printed"}},
	{wire.Event{}, map[string]string{"ID": "required,max=64,opaque", "VehicleID": "required,max=64,opaque"}},
	{wire.CarrierList{}, map[string]string{"Carriers": "max=200,unique=ID,dive"}},
	{wire.Carrier{}, map[string]string{"ID": "required,max=64,opaque", "Name": "required,max=60,spoken"}},
	{wire.GrantList{}, map[string]string{"Grants": "max=100,unique=ID,dive"}},
	{wire.Grant{}, map[string]string{
		"ID": "required,max=64,opaque", "VehicleID": "required,max=64,opaque",
		"Carrier": "required_if=WayIn carrier", "GuestName": "omitempty,max=60,spoken",
		"MaxUses": "min=1,max=10", "Uses": "min=0,ltefield=MaxUses", "CreatedAt": "required",
	}},
	{wire.Block{}, map[string]string{"Since": "required", "RevokedGrants": "max=100,unique,dive,max=64,opaque"}},
	{wire.Window{}, map[string]string{"Start": "required", "End": "required,gtfield=Start"}},
	{wire.DeliveryList{}, map[string]string{"Deliveries": "max=1000,unique=GrantID,dive"}},
	{wire.Delivery{}, map[string]string{
		"GrantID": "required,max=64,opaque", "CommandID": "omitempty,max=64,opaque", "Steps": "max=50,dive",
		"DeliveryReference": "omitempty,max=64,printed",
	}},
	{wire.DeliveryStep{}, map[string]string{"At": "required"}},
	{wire.DeliveryVehicle{}, map[string]string{
		"Make": "omitempty,max=60,printed", "Model": "omitempty,max=60,printed",
		"Color": "omitempty,max=30,printed", "Plate": "omitempty,max=20,printed",
	}},
	{wire.Vicinity{}, map[string]string{
		"Latitude": "min=-90,max=90", "Longitude": "min=-180,max=180", "RadiusM": "min=500,max=5000",
	}},
	{wire.WebhookEndpointList{}, map[string]string{"Endpoints": "max=10,unique=ID,dive"}},
	{wire.WebhookEndpoint{}, map[string]string{"ID": "required,max=64,opaque", "URL": "required,max=500,visible"}},
	{wire.Position{}, map[string]string{"Latitude": "min=-90,max=90", "Longitude": "min=-180,max=180"}},
	{wire.Command{}, map[string]string{
		"ID": "required,max=64,opaque", "VehicleID": "required,max=64,opaque",
		"CreatedAt": "required", "ExpiresAt": "required",
	}},
}

var (
	opaque  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	visible = regexp.MustCompile(`^[!-~]+$`)
)

var validate = newValidator()

func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	for tag, holds := range map[string]func(string) bool{
		"opaque":  opaque.MatchString,
		"visible": visible.MatchString,
		"printed": printed,
		"spoken":  spoken,
	} {
		if err := v.RegisterValidation(tag, func(f validator.FieldLevel) bool { return holds(f.Field().String()) }); err != nil {
			panic(err) // a tag of this file is wrong
		}
	}
	for _, r := range rules {
		v.RegisterStructValidationMapRules(r.fields, r.of)
	}
	return v
}

// printed holds for text of one line that a terminal or page can show as it is.
func printed(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// spoken holds for printed text that has something to say.
func spoken(s string) bool {
	return printed(s) && strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

func validID(s string) bool { return len(s) <= 64 && opaque.MatchString(s) }
