package tests

import (
	"slices"
	"strings"
	"testing"
)

// The whole round of a courier, each step a process of its own, between what is refused before, in the
// middle and after it.
func TestCourier(t *testing.T) {
	t.Parallel()
	data := newData(t)
	stdout, stderr, status := trunkpass(t, "say", "--data", data, "--now", storyInstant, "let ups into my trunk until eight p.m.", "four eight two one")
	if status != 0 {
		t.Fatalf("no grant: status %d\n%s%s", status, stdout, stderr)
	}
	for _, step := range []struct {
		at, carrier, step string
		parcel            string
		status            int
		want              []string
	}{
		{at: "14:10", carrier: "fedex", step: "list", want: []string{"No deliveries."}},
		{at: "14:10", carrier: "speedy", step: "list", want: []string{"No deliveries."}},
		{at: "14:10", carrier: "fedex", step: "en-route grt_1", status: 1, want: []string{"refused: not found"}},
		{at: "14:10", carrier: "speedy", step: "en-route grt_1", status: 1, want: []string{"refused: not found"}},
		{at: "14:10", carrier: "ups", step: "en-route grt_2", status: 1, want: []string{"refused: not found"}},
		{at: "14:10", carrier: "ups", step: "en-route ../owner", status: 1, want: []string{"refused: not found"}},
		{at: "14:10", carrier: "ups", step: "list", want: []string{"grt_1  active ", "trunk", "May 6 14:00 PDT to May 6 20:00 PDT"}},
		{at: "14:10", carrier: "ups", step: "arrive grt_1", status: 1, want: []string{"does not tell where the car is: set out first"}},
		{at: "14:10", carrier: "ups", step: "open grt_1", status: 1, want: []string{"does not tell where the car is: set out first"}},
		{at: "14:10", carrier: "ups", step: "complete grt_1", status: 1, want: []string{"refused: "}},
		{at: "14:11", carrier: "ups", step: "en-route grt_1", want: []string{"En route.", "plate"}},
		{at: "14:12", carrier: "ups", step: "open grt_1", status: 1, want: []string{"refused: "}},
		{at: "14:13", carrier: "fedex", step: "arrive grt_1", status: 1, want: []string{"refused: not found"}},
		{at: "14:13", carrier: "ups", step: "arrive grt_1", want: []string{"At the car."}},
		{at: "14:13", carrier: "ups", step: "complete grt_1", status: 1, want: []string{"refused: "}},
		{at: "14:13", carrier: "ups", step: "open grt_1", parcel: "another", status: 1, want: []string{"refused: "}},
		{at: "14:14", carrier: "ups", step: "open grt_1", want: []string{"asked to open its trunk", "The trunk is open."}},
		{at: "14:16", carrier: "ups", step: "open grt_1", want: []string{"The trunk is open."}}, // the first time, told again
		{at: "14:17", carrier: "ups", step: "list", want: []string{"grt_1  redeemed "}},
		{at: "14:18", carrier: "ups", step: "complete grt_1", want: []string{"Delivered."}},
		{at: "14:19", carrier: "ups", step: "complete grt_1", want: []string{"Delivered."}},
		{at: "14:20", carrier: "ups", step: "open grt_1", status: 1},
	} {
		args := []string{"courier", "--data", data, "--now", "2031-05-06T" + step.at + ":00-07:00", "--carrier", step.carrier}
		if step.parcel != "" {
			args = append(args, "--parcel", step.parcel)
		}
		stdout, stderr, status := trunkpass(t, append(args, strings.Fields(step.step)...)...)
		where := step.at + " " + step.carrier + " " + step.step
		if step.status == 0 {
			if status != 0 || stderr != "" {
				t.Errorf("%s: status %d\n%s", where, status, stderr)
			}
			inOrder(t, where, stdout, step.want)
			continue
		}
		t.Run(where, func(t *testing.T) {
			complaint(t, stdout, stderr, status, step.status)
			inOrder(t, where, stderr, step.want)
		})
	}
	want := []string{
		"grant trunk golf UPS until 20:00", "en_route golf UPS", "arrived golf UPS", "open trunk golf UPS", "completed golf UPS",
	}
	if got := ledgerOf(t, data); !slices.Equal(got, want) {
		t.Errorf("the garage did\n %q, want\n %q", got, want)
	}
}
