package ground

import "strings"

// SameName compares names as they are spoken: "U. P. S.", "ups" and "UPS" are one.
func SameName(a, b string) bool { return a != "" && plain(a) == plain(b) }

func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}
