package cloudformation

import (
	"context"
	"encoding/xml"
	"net/http"
	"strings"
)

func bucketType() *resourceType {
	notification := func(target string) property {
		return listOf(object(map[string]property{
			"Event": text().must(), target: text().must(),
			"Filter": object(map[string]property{"S3Key": object(map[string]property{
				"Rules": listOf(object(map[string]property{"Name": text().must(), "Value": text().must()})).must(),
			}).must()}),
		}))
	}
	return &resourceType{
		named:      "BucketName",
		attributes: []string{"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"},
		properties: map[string]property{
			"BucketName": text().replacing(), "Tags": tagList(),
			"BucketEncryption": object(map[string]property{
				"ServerSideEncryptionConfiguration": listOf(object(map[string]property{
					"BucketKeyEnabled": flag(),
					"ServerSideEncryptionByDefault": object(map[string]property{
						"SSEAlgorithm": text().must(), "KMSMasterKeyID": text(),
					}),
				})).must(),
			}),
			"VersioningConfiguration": object(map[string]property{"Status": text().must()}),
			"PublicAccessBlockConfiguration": object(map[string]property{
				"BlockPublicAcls": flag(), "BlockPublicPolicy": flag(), "IgnorePublicAcls": flag(), "RestrictPublicBuckets": flag(),
			}),
			"OwnershipControls": object(map[string]property{
				"Rules": listOf(object(map[string]property{"ObjectOwnership": text().must()})).must(),
			}),
			"NotificationConfiguration": object(map[string]property{
				"LambdaConfigurations": notification("Function"), "TopicConfigurations": notification("Topic"),
				"QueueConfigurations": notification("Queue"),
			}),
			"LifecycleConfiguration": object(map[string]property{"Rules": listOf(lifecycleRule()).must()}),
		},
		create: createBucket, update: putBucketSettings, delete: deleteBucket,
	}
}

func lifecycleRule() property {
	return object(map[string]property{
		"Id": text(), "Status": text().must(), "Prefix": text(), "ExpirationInDays": integer(),
		"ExpiredObjectDeleteMarker": flag(), "NoncurrentVersionExpirationInDays": integer(),
		"NoncurrentVersionExpiration": object(map[string]property{
			"NoncurrentDays": integer().must(), "NewerNoncurrentVersions": integer(),
		}),
		"AbortIncompleteMultipartUpload": object(map[string]property{"DaysAfterInitiation": integer().must()}),
	})
}

const s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

func createBucket(ctx context.Context, w *work) error {
	name := strings.ToLower(w.name("BucketName", 63))
	if w.given("BucketName") {
		name = w.text("BucketName")
	}
	// In us-east-1 creating one's own bucket again succeeds, and a rollback would
	// then delete it.
	if err := w.s3(ctx, http.MethodHead, name, "", nil); err == nil {
		return reason(name + " already exists")
	}
	var body any
	if w.region != "us-east-1" {
		body = struct {
			XMLName            xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CreateBucketConfiguration"`
			LocationConstraint string
		}{LocationConstraint: w.region}
	}
	if err := w.s3(ctx, http.MethodPut, name, "", body); err != nil {
		return err
	}
	w.physicalID = name
	suffix := urlSuffix(w.partition)
	w.set("Arn", "arn:"+w.partition+":s3:::"+name)
	w.set("DomainName", name+".s3."+suffix)
	w.set("DualStackDomainName", name+".s3.dualstack."+w.region+"."+suffix)
	w.set("RegionalDomainName", name+".s3."+w.region+"."+suffix)
	w.set("WebsiteURL", "http://"+name+".s3-website-"+w.region+"."+suffix)
	return putBucketSettings(ctx, w)
}

func urlSuffix(partition string) string {
	if partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// s3 calls an operation of a bucket; body, unless nil, is encoded as XML.
func (w *work) s3(ctx context.Context, method, bucket, subresource string, body any) error {
	r := Request{Service: "s3", Method: method, Path: "/" + bucket}
	if subresource != "" {
		r.Path += "?" + subresource
	}
	if body != nil {
		encoded, err := xml.Marshal(body)
		if err != nil {
			return err
		}
		r.Body, r.Header = encoded, http.Header{"Content-Type": {"application/xml"}}
	}
	_, err := w.do(ctx, r)
	return err
}

// bucketSetting is a property of a bucket that is a subresource of its API.
type bucketSetting struct {
	property, subresource string
	encode                func(any) any
	// without is what a removed property becomes; nil deletes the subresource.
	without func() any
}

func bucketSettings() []bucketSetting {
	return []bucketSetting{
		{"OwnershipControls", "ownershipControls", ownershipXML, nil},
		{"PublicAccessBlockConfiguration", "publicAccessBlock", publicAccessXML, nil},
		{"BucketEncryption", "encryption", encryptionXML, nil},
		{"VersioningConfiguration", "versioning", versioningXML, func() any {
			return versioningXML(map[string]any{"Status": "Suspended"})
		}},
		{"LifecycleConfiguration", "lifecycle", lifecycleXML, nil},
		{"Tags", "tagging", taggingXML, nil},
		{"NotificationConfiguration", "notification", notificationXML, func() any { return notificationXML(nil) }},
	}
}

// putBucketSettings makes the bucket's subresources those of the properties, as far
// as they differ from the properties before.
func putBucketSettings(ctx context.Context, w *work) error {
	for _, s := range bucketSettings() {
		if !w.changed(s.property) {
			continue
		}
		var err error
		switch {
		case w.given(s.property):
			err = w.s3(ctx, http.MethodPut, w.physicalID, s.subresource, s.encode(w.props[s.property]))
		case s.without != nil:
			err = w.s3(ctx, http.MethodPut, w.physicalID, s.subresource, s.without())
		default:
			err = w.s3(ctx, http.MethodDelete, w.physicalID, s.subresource, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// deleteBucket fails for a bucket with objects in it, as AWS does.
func deleteBucket(ctx context.Context, w *work) error {
	return ignoreGone(w.s3(ctx, http.MethodDelete, w.physicalID, "", nil))
}

func bucketPolicyType() *resourceType {
	put := func(ctx context.Context, w *work) error {
		_, err := w.do(ctx, Request{
			Service: "s3", Method: http.MethodPut, Path: "/" + w.text("Bucket") + "?policy",
			Body: []byte(documentText(w.props["PolicyDocument"])), Header: http.Header{"Content-Type": {"application/json"}},
		})
		return err
	}
	return &resourceType{
		properties: map[string]property{"Bucket": text().must().replacing(), "PolicyDocument": document().must()},
		create: func(ctx context.Context, w *work) error {
			if err := put(ctx, w); err != nil {
				return err
			}
			w.physicalID = w.text("Bucket")
			return nil
		},
		update: put,
		delete: func(ctx context.Context, w *work) error {
			return ignoreGone(w.s3(ctx, http.MethodDelete, w.text("Bucket"), "policy", nil))
		},
	}
}
