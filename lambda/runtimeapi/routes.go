package runtimeapi

import (
	"io"
	"net/http"
	"strconv"
)

// routes is the Runtime API, version 2018-06-01.
func (f *Function) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", f.poll)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", f.respond)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", f.fail)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", f.failInit)
	return mux
}

// poll holds the function until there is an event.
func (f *Function) poll(w http.ResponseWriter, r *http.Request) {
	f.readyOnce.Do(func() { close(f.ready) })
	select {
	case e := <-f.events:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", e.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(e.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Trace-Id", e.trace)
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:pretend")
		_, _ = w.Write(e.payload) // who has gone will be found gone
	case <-r.Context().Done():
	}
}

// respond takes an answer.
func (f *Function) respond(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPayload))
	if err != nil {
		f.settle(r.PathValue("id"), answer{err: ErrTooLarge})
		http.Error(w, `{"errorType":"RequestEntityTooLarge"}`, http.StatusRequestEntityTooLarge)
		return
	}
	f.accept(w, r, answer{body: body})
}

// fail takes the report that the function could not answer.
func (f *Function) fail(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxErrorBytes))
	if err != nil {
		http.Error(w, `{"errorType":"RequestEntityTooLarge"}`, http.StatusRequestEntityTooLarge)
		return
	}
	f.accept(w, r, answer{err: failure(body, r.Header.Get("Lambda-Runtime-Function-Error-Type"))})
}

// failInit takes the report that the function could not start.
func (f *Function) failInit(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxErrorBytes))
	if err == nil {
		select {
		case f.initErr <- failure(body, r.Header.Get("Lambda-Runtime-Function-Error-Type")):
		default: // it has said so before
		}
	}
	w.WriteHeader(http.StatusAccepted)
}

func (f *Function) accept(w http.ResponseWriter, r *http.Request, a answer) {
	if !f.settle(r.PathValue("id"), a) {
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// settle gives the answer to who waits for it. False means that nobody waits for an answer to this event.
func (f *Function) settle(id string, a answer) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current == nil || f.current.id != id {
		return false
	}
	f.current.answer <- a
	f.current = nil
	return true
}
