package signin

import (
	"html/template"
	"net/http"
	"strings"
)

// signedInData is what the page after a login shows.
type signedInData struct {
	Account, Role, Session, ARN, Ends, Destination, Issuer string
}

const head = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sandbox sign-in</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem}
dt{font-weight:600}dd{margin:0 0 .75rem;overflow-wrap:anywhere}
</style></head><body>
`

var signedIn = template.Must(template.New("signed in").Parse(head + `<h1>Signed in to the sandbox</h1>
<p>With real AWS, the console would open now.</p>
<dl>
<dt>Account</dt><dd id="account">{{.Account}}</dd>
<dt>Role</dt><dd id="role">{{.Role}}</dd>
<dt>Session</dt><dd id="session">{{.Session}}</dd>
<dt>Identity</dt><dd id="arn">{{.ARN}}</dd>
<dt>Ends</dt><dd id="ends">{{.Ends}}</dd>
<dt>Destination</dt><dd id="destination">{{.Destination}}</dd>
{{if .Issuer}}<dt>Issuer</dt><dd id="issuer">{{.Issuer}}</dd>
{{end}}</dl>
</body></html>
`))

var refused = template.Must(template.New("refused").Parse(head + `<h1>Bad request</h1>
<p>{{.}}</p>
</body></html>
`))

// refuse answers with a page that says what is wrong, and nothing of what was sent.
func refuse(w http.ResponseWriter, status int, why string) { writePage(w, status, refused, why) }

func writePage(w http.ResponseWriter, status int, page *template.Template, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = page.Execute(w, data)
}

// roleName is the last part of a role's ARN.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
