package cloud

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/cross-account-manager/cam/core"
)

// Options say whose identity to use, and where.
type Options struct {
	// Credentials, if set, are used as they are, and neither the environment nor
	// the files in ~/.aws are looked at. Otherwise the SDK's default chain finds
	// credentials, with Profile if that is set.
	Credentials *core.Credentials
	Profile     string
	Region      string // empty: as the environment or the profile says
	Endpoint    string // one endpoint for all services; empty: AWS's own
	UserAgent   string // appended to requests: "cam/1.2.3"
	Retries     int    // attempts per call; 0 is 5
}

// Client is one AWS identity in one region. It is safe for concurrent use.
type Client struct {
	cfg aws.Config
}

// New finds credentials and region. It makes no call, except to a credential helper
// that the profile names; bad credentials show with the first call.
//
// Errors: CodeUsage for an unknown profile or a missing region.
func New(ctx context.Context, o Options) (*Client, error) {
	cfg, err := load(ctx, o)
	if err != nil {
		return nil, err
	}
	if cfg.Region == "" {
		return nil, core.Errorf(core.CodeUsage, "no AWS region is set").
			WithHint("pass --region, or set AWS_REGION or the profile's region")
	}
	attempts := o.Retries
	if attempts == 0 {
		attempts = 5
	}
	cfg.Logger = logging.Nop{} // what is worth knowing comes as an error
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = attempts
			r.MaxBackoff = 5 * time.Second
		})
	}
	if o.UserAgent != "" {
		cfg.AppID = o.UserAgent
	}
	return &Client{cfg: cfg}, nil
}

func load(ctx context.Context, o Options) (aws.Config, error) {
	if o.Credentials != nil {
		cfg := aws.Config{Region: o.Region, Credentials: static(*o.Credentials), HTTPClient: pool()}
		if o.Endpoint != "" {
			cfg.BaseEndpoint = aws.String(o.Endpoint)
		}
		return cfg, nil
	}
	var opts []func(*config.LoadOptions) error
	if o.Profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Region != "" {
		opts = append(opts, config.WithRegion(o.Region))
	}
	if o.Endpoint != "" {
		opts = append(opts, config.WithBaseEndpoint(o.Endpoint))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return aws.Config{}, configError(err)
	}
	cfg.Credentials = aws.NewCredentialsCache(signedIn{cfg.Credentials})
	return cfg, nil
}

// pool is the connections of a process, shared by its clients: a client for each
// account or event would keep idle ones of its own. It bounds how long a call may hang;
// retries come on top.
var pool = sync.OnceValue(func() aws.HTTPClient {
	return awshttp.NewBuildableClient().WithTimeout(30 * time.Second).WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = 64
	})
})

// Region is where the client calls.
func (c *Client) Region() string { return c.cfg.Region }

// With is the same client as another identity.
func (c *Client) With(creds core.Credentials) *Client {
	cfg := c.cfg.Copy()
	cfg.Credentials = static(creds)
	return &Client{cfg: cfg}
}

// Expiry tells when the client's credentials end; zero when they do not, or when it
// is not known.
func (c *Client) Expiry(ctx context.Context) (time.Time, error) {
	got, err := c.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return time.Time{}, wrap(err, "reading credentials")
	}
	if !got.CanExpire {
		return time.Time{}, nil
	}
	return got.Expires, nil
}
