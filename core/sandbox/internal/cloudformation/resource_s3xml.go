package cloudformation

import "encoding/xml"

// The XML of bucket subresources, as in the Amazon S3 API Reference, made from the
// properties of AWS::S3::Bucket.

// node is an element with text or children.
type node struct {
	name     string
	text     string
	children []node
}

// MarshalXML implements xml.Marshaler.
func (n node) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Name = xml.Name{Local: n.name}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	if n.text != "" {
		if err := e.EncodeToken(xml.CharData(n.text)); err != nil {
			return err
		}
	}
	for _, c := range n.children {
		if err := e.EncodeElement(c, xml.StartElement{Name: xml.Name{Local: c.name}}); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// root is a document's element, in S3's namespace.
type root struct{ node }

// MarshalXML implements xml.Marshaler.
func (r root) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Attr = []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: s3Namespace}}
	return r.node.MarshalXML(e, start)
}

func leaf(name string, v any) node { return node{name: name, text: asText(v)} }

// leaves are the members that are set, in the order given.
func leaves(m map[string]any, names ...string) []node {
	var out []node
	for _, name := range names {
		if v, ok := m[name]; ok {
			out = append(out, leaf(name, v))
		}
	}
	return out
}

func ownershipXML(v any) any {
	out := node{name: "OwnershipControls"}
	for _, r := range asList(asMap(v)["Rules"]) {
		out.children = append(out.children, node{name: "Rule", children: leaves(asMap(r), "ObjectOwnership")})
	}
	return root{out}
}

func publicAccessXML(v any) any {
	return root{node{
		name:     "PublicAccessBlockConfiguration",
		children: leaves(asMap(v), "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"),
	}}
}

func encryptionXML(v any) any {
	out := node{name: "ServerSideEncryptionConfiguration"}
	for _, item := range asList(asMap(v)["ServerSideEncryptionConfiguration"]) {
		m := asMap(item)
		rule := node{name: "Rule"}
		if d := asMap(m["ServerSideEncryptionByDefault"]); d != nil {
			byDefault := node{name: "ApplyServerSideEncryptionByDefault", children: leaves(d, "SSEAlgorithm")}
			if id, ok := d["KMSMasterKeyID"]; ok {
				byDefault.children = append(byDefault.children, leaf("KMSMasterKeyID", id))
			}
			rule.children = append(rule.children, byDefault)
		}
		rule.children = append(rule.children, leaves(m, "BucketKeyEnabled")...)
		out.children = append(out.children, rule)
	}
	return root{out}
}

func versioningXML(v any) any {
	return root{node{name: "VersioningConfiguration", children: leaves(asMap(v), "Status")}}
}

func taggingXML(v any) any {
	set := node{name: "TagSet"}
	for _, item := range asList(v) {
		set.children = append(set.children, node{name: "Tag", children: leaves(asMap(item), "Key", "Value")})
	}
	return root{node{name: "Tagging", children: []node{set}}}
}

func lifecycleXML(v any) any {
	out := node{name: "LifecycleConfiguration"}
	for _, item := range asList(asMap(v)["Rules"]) {
		m := asMap(item)
		rule := node{name: "Rule"}
		if id, ok := m["Id"]; ok {
			rule.children = append(rule.children, leaf("ID", id))
		}
		rule.children = append(rule.children,
			node{name: "Filter", children: []node{leaf("Prefix", m["Prefix"])}}, leaf("Status", m["Status"]))
		expiration := node{name: "Expiration", children: leaves(m, "ExpiredObjectDeleteMarker")}
		if days, ok := m["ExpirationInDays"]; ok {
			expiration.children = append(expiration.children, leaf("Days", days))
		}
		if len(expiration.children) > 0 {
			rule.children = append(rule.children, expiration)
		}
		old := node{name: "NoncurrentVersionExpiration"}
		if days, ok := m["NoncurrentVersionExpirationInDays"]; ok {
			old.children = []node{leaf("NoncurrentDays", days)}
		}
		if e := asMap(m["NoncurrentVersionExpiration"]); e != nil {
			old.children = leaves(e, "NoncurrentDays", "NewerNoncurrentVersions")
		}
		if len(old.children) > 0 {
			rule.children = append(rule.children, old)
		}
		if a := asMap(m["AbortIncompleteMultipartUpload"]); a != nil {
			rule.children = append(rule.children, node{name: "AbortIncompleteMultipartUpload", children: leaves(a, "DaysAfterInitiation")})
		}
		out.children = append(out.children, rule)
	}
	return root{out}
}

func notificationXML(v any) any {
	out := node{name: "NotificationConfiguration"}
	for _, target := range []struct{ property, element, member string }{
		{"LambdaConfigurations", "CloudFunctionConfiguration", "Function"},
		{"TopicConfigurations", "TopicConfiguration", "Topic"},
		{"QueueConfigurations", "QueueConfiguration", "Queue"},
	} {
		for _, item := range asList(asMap(v)[target.property]) {
			m := asMap(item)
			name := target.member
			if name == "Function" {
				name = "CloudFunction"
			}
			config := node{name: target.element, children: []node{leaf(name, m[target.member]), leaf("Event", m["Event"])}}
			if rules := asList(asMap(asMap(m["Filter"])["S3Key"])["Rules"]); len(rules) > 0 {
				key := node{name: "S3Key"}
				for _, r := range rules {
					key.children = append(key.children, node{name: "FilterRule", children: leaves(asMap(r), "Name", "Value")})
				}
				config.children = append(config.children, node{name: "Filter", children: []node{key}})
			}
			out.children = append(out.children, config)
		}
	}
	return root{out}
}
