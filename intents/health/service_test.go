package health

import (
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/vehicle"
)

func TestJudgeOil(t *testing.T) {
	for life, want := range map[vehicle.Percent]speech.Key{
		100: oilFine, 15.1: oilFine, 15: oilDueSoon, 5.1: oilDueSoon, 5: oilDueNow, 0: oilDueNow,
	} {
		if got := judgeOil(life); got != want {
			t.Errorf("%g %%: %s, want %s", float64(life), got, want)
		}
	}
}

func TestServiceReport(t *testing.T) {
	const petrol, electric = vehicle.Petrol, vehicle.Electric
	percent, km := seen[vehicle.Percent], seen[vehicle.Kilometers]
	for _, tc := range []struct {
		name  string
		moves vehicle.Powertrain
		oil   vehicle.Oil
		want  string
	}{
		{"fine", petrol, vehicle.Oil{Life: percent(62, 0), NextService: km(5000, 0)}, "say oil.fine; say service.in"},
		{"soon", petrol, vehicle.Oil{Life: percent(12, 0), NextService: km(900, 0)}, "say oil.due_soon; say service.in"},
		{"now", petrol, vehicle.Oil{Life: percent(2, 0), NextService: km(900, 0)}, "say oil.due_now; say service.in"},
		{"service overdue", petrol, vehicle.Oil{Life: percent(62, 0), NextService: km(0, 0)}, "say service.due; say oil.fine"},
		{"both overdue", petrol, vehicle.Oil{Life: percent(2, 0), NextService: km(0, 0)}, "say oil.due_now; say service.due_too"},
		{"oil alone", petrol, vehicle.Oil{Life: percent(62, 0), NextService: without[vehicle.Kilometers](vehicle.NotSupported)}, "say oil.fine; say service.unsupported"},
		{"service alone", petrol, vehicle.Oil{Life: without[vehicle.Percent](vehicle.SensorFault), NextService: km(900, 0)}, "say oil.fault; say service.in"},
		{"neither", petrol, vehicle.Oil{}, "say oil.not_reported; say service.not_reported"},
		{"cannot", petrol, vehicle.Oil{Life: without[vehicle.Percent](vehicle.NotSupported), NextService: without[vehicle.Kilometers](vehicle.SensorFault)}, "say oil.unsupported; say service.fault"},
		{"electric", electric, vehicle.Oil{NextService: km(9000, 0)}, "say oil.none; say service.in"},
		{"electric with a reading nobody can have", electric, vehicle.Oil{Life: percent(3, 0), NextService: km(9000, 0)}, "say oil.none; say service.in"},
		{"old", petrol, vehicle.Oil{Life: percent(62, 0), NextService: km(5000, time.Hour)}, "say oil.fine; say service.in; say car.as_of"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			acts := tellService(vehicle.Diagnosis{Vehicle: "veh_golf", Oil: tc.oil}, looked(tc.moves))
			if got := groundtest.Written(acts); got != tc.want {
				t.Errorf("acts: %s\nwant: %s", got, tc.want)
			}
		})
	}
}

func TestOdometerReport(t *testing.T) {
	for _, tc := range []struct {
		reading vehicle.Reading[vehicle.Kilometers]
		want    string
	}{
		{seen[vehicle.Kilometers](61_800, 0), "say odometer.at"},
		{seen[vehicle.Kilometers](61_800, time.Hour), "say odometer.at; say car.as_of"},
		{vehicle.Reading[vehicle.Kilometers]{}, "say odometer.not_reported"},
		{without[vehicle.Kilometers](vehicle.NotSupported), "say odometer.unsupported"},
		{without[vehicle.Kilometers](vehicle.SensorFault), "say odometer.fault"},
	} {
		acts := tellOdometer(vehicle.Diagnosis{Vehicle: "veh_golf", Odometer: tc.reading}, looked(vehicle.Petrol))
		if got := groundtest.Written(acts); got != tc.want {
			t.Errorf("%+v: %s, want %s", tc.reading, got, tc.want)
		}
	}
}

// What the cloud tells of another car is told of none.
func TestReadingsOfAnotherCar(t *testing.T) {
	foreign, at := vehicle.Diagnosis{Vehicle: "veh_foreign", Fuel: left(60, 400)}, looked(vehicle.Petrol)
	for name, tell := range map[string]string{
		"energy":   groundtest.Written(tellEnergy(foreign, at)),
		"service":  groundtest.Written(tellService(foreign, at)),
		"odometer": groundtest.Written(tellOdometer(foreign, at)),
	} {
		if tell != "say skill.sorry" {
			t.Errorf("%s: %s", name, tell)
		}
	}
}
