package sandbox

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// controlPath is where another process asks the sandbox for what AWS has no API for:
// to act in an account's own name.
const controlPath = "/_sandbox/"

// order is a request to the control endpoint.
type order struct {
	Verb     string   `json:"verb"` // join, leave, as
	Accounts []string `json:"accounts,omitempty"`
	Who      string   `json:"who,omitempty"` // for as
}

// report is one line of its answer.
type report struct {
	Done        string   `json:"done,omitempty"`
	Environment []string `json:"environment,omitempty"`
	Error       string   `json:"error,omitempty"`
}

// control answers the control endpoint: a line of JSON for each account, as it is done.
func (s *Sandbox) control(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("token")), []byte(s.token)) != 1 {
		http.Error(w, "not this sandbox's token", http.StatusForbidden)
		return
	}
	var o order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&o); err != nil {
		http.Error(w, "not an order", http.StatusBadRequest)
		return
	}
	enc := json.NewEncoder(w)
	done := func(account string) {
		_ = enc.Encode(report{Done: account})
		_ = http.NewResponseController(w).Flush()
	}
	if err := s.carryOut(r.Context(), o, done, enc); err != nil {
		_ = enc.Encode(report{Error: err.Error()})
	}
}

func (s *Sandbox) carryOut(ctx context.Context, o order, done func(string), enc *json.Encoder) error {
	switch o.Verb {
	case "join":
		return s.settled(ctx, s.Join(ctx, o.Accounts, done))
	case "leave":
		return s.settled(ctx, s.Leave(ctx, o.Accounts, done))
	case "as":
		id, err := s.As(o.Who)
		if err != nil {
			return err
		}
		return enc.Encode(report{Environment: s.Environment(id)})
	default:
		return fmt.Errorf("the sandbox has no verb %q", o.Verb)
	}
}

// settled waits until the events that an order caused have been handled, so that who
// gave it sees what came of it.
func (s *Sandbox) settled(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	return s.Idle(ctx)
}

// Order asks a sandbox in another process to join or leave accounts. control is the
// value of CAM_SANDBOX that the sandbox's Environment has.
func Order(ctx context.Context, control, verb string, accounts []string, done func(account string)) error {
	return send(ctx, control, order{Verb: verb, Accounts: accounts}, func(r report) { done(r.Done) })
}

// Become asks a sandbox in another process for the environment of an identity, as As
// names it.
func Become(ctx context.Context, control, who string) ([]string, error) {
	var env []string
	err := send(ctx, control, order{Verb: "as", Who: who}, func(r report) { env = r.Environment })
	return env, err
}

// send posts an order and hands on each line of the answer.
func send(ctx context.Context, control string, o order, got func(report)) error {
	u, err := url.Parse(control)
	if err != nil || !strings.HasPrefix(u.Path, controlPath) {
		return errors.New("CAM_SANDBOX is not a sandbox's address")
	}
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, control, bytes.NewReader(body))
	if err != nil {
		return errors.New("CAM_SANDBOX is not a sandbox's address")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the sandbox at %s does not answer", u.Host)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
		return fmt.Errorf("the sandbox refused: %s", strings.TrimSpace(string(text)))
	}
	return readReports(res.Body, got)
}

func readReports(r io.Reader, got func(report)) error {
	for dec := json.NewDecoder(r); ; {
		var line report
		switch err := dec.Decode(&line); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return errors.New("the sandbox's answer broke off")
		case line.Error != "":
			return errors.New(line.Error)
		default:
			got(line)
		}
	}
}
