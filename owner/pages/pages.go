// Package pages is how the owner page looks: one HTML template for each page, one layout around them, and one style
// sheet. There is no script, no inline style, no picture and nothing of another site, so the strictest policy holds.
//
// Package owner fills the templates; this package decides nothing. The style sheet is served under a name with its
// hash in it, so that browsers may keep it for ever.
package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
)

//go:embed *.html
var files embed.FS

//go:embed owner.css
var style []byte

var styleName = func() string {
	sum := sha256.Sum256(style)
	return "owner-" + hex.EncodeToString(sum[:6]) + ".css"
}()

// StyleName is the name under which every page asks for the style sheet.
func StyleName() string { return styleName }

// ServeStyle answers with the style sheet.
func ServeStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(style)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(style) // whoever hung up does not need it
}

// Frame is what the layout shows around a page. Base is the path of the owner page, empty or without a slash at its
// end; Token is what the page's forms carry; Zone says whose clock the page shows.
type Frame struct {
	Page, Base, Name, Token, Notice, Zone string
	SignedIn                              bool
	Body                                  any
}

// Style is the address of the style sheet.
func (f Frame) Style() string { return f.Base + "/" + styleName }

// tab is one entry of the navigation. Pages below it are its own.
type tab struct {
	Path, Text, Icon string
	Current, Here    bool // Here is the page itself; Current also a page below it
}

// Tabs is the navigation.
func (f Frame) Tabs() []tab {
	tabs := []tab{
		{Path: "/", Text: "Home", Icon: "home"},
		{Path: "/access", Text: "Access", Icon: "access"},
		{Path: "/pin", Text: "PIN", Icon: "pin"},
		{Path: "/history", Text: "History", Icon: "history"},
		{Path: "/settings", Text: "Settings", Icon: "settings"},
		{Path: "/privacy", Text: "Privacy", Icon: "privacy"},
	}
	belongs := map[string]string{"overview": "/", "access": "/access", "confirm": "/access", "pin": "/pin", "history": "/history", "settings": "/settings", "privacy": "/privacy", "delete": "/privacy"}
	for i := range tabs {
		tabs[i].Current = belongs[f.Page] == tabs[i].Path
		tabs[i].Here = tabs[i].Current && f.Page != "confirm" && f.Page != "delete"
	}
	return tabs
}

// names are the pages, each with a template of its name.
var names = []string{"welcome", "farewell", "problem", "overview", "access", "confirm", "pin", "history", "settings", "privacy", "delete"}

var templates = func() map[string]*template.Template {
	layout := template.Must(template.New("layout").ParseFS(files, "layout.html"))
	all := map[string]*template.Template{}
	for _, name := range names {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(files, name+".html"))
	}
	return all
}()

// Render writes the page that the frame names.
func Render(w io.Writer, f Frame) error {
	t, ok := templates[f.Page]
	if !ok {
		return fmt.Errorf("render page: no page %q", f.Page)
	}
	if err := t.ExecuteTemplate(w, "layout.html", f); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	return nil
}
