package trace

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// Log writes JSON lines, each with the trace of its request.
//
// What may be written is decided by type: words, numbers, times, errors, and whatever gives its own words for a log.
// Anything else is written as the name of its type: JSON would show the fields of a struct, and one of them
// may be a token, a PIN, a plate or a place.
func Log(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(Logs(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: discreet})))
}

func discreet(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindAny {
		return a
	}
	switch v := a.Value.Any().(type) {
	case nil, slog.Level, *slog.Source, time.Time:
	case error:
		a.Value = slog.StringValue(plain(v))
	case fmt.Stringer: // every secret here is one, and hides itself
		a.Value = slog.StringValue(v.String())
	case []string:
	default:
		if kind := reflect.ValueOf(v).Kind(); kind == reflect.String || kind <= reflect.Float64 {
			return a // a word or a number of our own that hides nothing
		}
		a.Value = slog.StringValue(fmt.Sprintf("[%T]", v))
	}
	return a
}

// plain is the text of an error without what an address in it may carry: the query of a redirect holds a code.
func plain(err error) string {
	text := err.Error()
	if failed, ok := errors.AsType[*url.Error](err); ok {
		if u, parsed := url.Parse(failed.URL); parsed == nil {
			text = strings.ReplaceAll(text, failed.URL, u.Scheme+"://"+u.Host+u.EscapedPath())
		}
	}
	return text
}
