package cloudformation

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// ResponsePath is the path, below Options.ResponseBase, that custom resources
// answer to. The sandbox routes it, unsigned, to Service.Responses.
const ResponsePath = "/_cloudformation/response/"

// maxAnswer is the documented limit of a custom resource's answer, in bytes.
const maxAnswer = 4096

// expect makes a token for one answer, and where it will arrive.
func (s *Service) expect() (string, <-chan customAnswer) {
	token, answers := newToken(), make(chan customAnswer, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expected[token] = answers
	return token, answers
}

func (s *Service) forget(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.expected, token)
}

// Responses takes the answers of custom resources: a PUT to the URL of the request,
// as to a presigned S3 URL. Only the first answer counts.
func (s *Service) Responses() http.Handler { return http.HandlerFunc(s.serveResponse) }

func (s *Service) serveResponse(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.URL.Path, ResponsePath)
	s.mu.Lock()
	answers, ok := s.expected[token]
	s.mu.Unlock()
	if !ok {
		refuse(w, http.StatusForbidden, "AccessDenied", "Request has expired")
		return
	}
	if r.Method != http.MethodPut {
		refuse(w, http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	if err != nil {
		refuse(w, http.StatusBadRequest, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
		return
	}
	select {
	case answers <- readAnswer(body):
	default: // an answer is there already
	}
	w.WriteHeader(http.StatusOK)
}

func readAnswer(body []byte) customAnswer {
	if len(body) > maxAnswer {
		return customAnswer{malformed: "Response object is too long."}
	}
	var a customAnswer
	if json.Unmarshal(body, &a) != nil {
		return customAnswer{malformed: "The response of the custom resource is not a JSON object of the documented form."}
	}
	return a
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<Error><Code>"+code+"</Code><Message>"+message+"</Message></Error>")
}
