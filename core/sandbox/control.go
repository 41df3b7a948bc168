package sandbox

import (
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
	Verb     string   `json:"verb"` // join, leave
	Accounts []string `json:"accounts"`
}

// report is one line of its answer.
type report struct {
	Done  string `json:"done,omitempty"`
	Error string `json:"error,omitempty"`
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
	verb := map[string]func(context.Context, []string, func(string)) error{"join": s.Join, "leave": s.Leave}[o.Verb]
	if verb == nil {
		http.Error(w, "unknown verb", http.StatusBadRequest)
		return
	}
	enc := json.NewEncoder(w)
	err := verb(r.Context(), o.Accounts, func(account string) {
		_ = enc.Encode(report{Done: account})
		_ = http.NewResponseController(w).Flush()
	})
	if err != nil {
		_ = enc.Encode(report{Error: err.Error()})
	}
}

// Order asks a sandbox in another process to join or leave accounts. control is the
// value of CAM_SANDBOX that the sandbox's Environment has.
func Order(ctx context.Context, control, verb string, accounts []string, done func(account string)) error {
	u, err := url.Parse(control)
	if err != nil || !strings.HasPrefix(u.Path, controlPath) {
		return errors.New("CAM_SANDBOX is not a sandbox's address")
	}
	body, err := json.Marshal(order{Verb: verb, Accounts: accounts})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, control, strings.NewReader(string(body)))
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
	return readReports(res.Body, done)
}

func readReports(r io.Reader, done func(account string)) error {
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
			done(line.Done)
		}
	}
}
