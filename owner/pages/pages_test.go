package pages

import (
	"io"
	"testing"
)

func TestTabs(t *testing.T) {
	for _, page := range append([]string{"unknown"}, names...) {
		current, here := 0, 0
		for _, tab := range (Frame{Page: page}).Tabs() {
			if tab.Current {
				current++
			}
			if tab.Here {
				here++
			}
		}
		if current > 1 || here > current {
			t.Errorf("%s is under %d tabs, and is %d of them", page, current, here)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	if err := Render(io.Discard, Frame{Page: "unknown"}); err == nil {
		t.Error("an unknown page was rendered")
	}
	if err := Render(io.Discard, Frame{Page: "pin", Body: 4}); err == nil {
		t.Error("a page was rendered from what it does not know")
	}
}
