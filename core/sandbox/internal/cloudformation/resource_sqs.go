package cloudformation

import "context"

// queueAttributes are the properties of a queue that are its attributes in the API.
var queueAttributes = []string{
	"DelaySeconds", "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "MaximumMessageSize", "MessageRetentionPeriod",
	"ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "SqsManagedSseEnabled", "VisibilityTimeout",
}

func queueType() *resourceType {
	return &resourceType{
		named:      "QueueName",
		attributes: []string{"Arn", "QueueName", "QueueUrl"},
		properties: map[string]property{
			"QueueName": text().replacing(), "DelaySeconds": integer(), "KmsDataKeyReusePeriodSeconds": integer(),
			"KmsMasterKeyId": text(), "MaximumMessageSize": integer(), "MessageRetentionPeriod": integer(),
			"ReceiveMessageWaitTimeSeconds": integer(), "RedrivePolicy": document(), "SqsManagedSseEnabled": flag(),
			"VisibilityTimeout": integer(), "Tags": tagList(),
		},
		create: createQueue, update: updateQueue,
		delete: func(ctx context.Context, w *work) error {
			return ignoreGone(w.json(ctx, "sqs", "DeleteQueue", map[string]any{"QueueUrl": w.physicalID}, nil))
		},
	}
}

func createQueue(ctx context.Context, w *work) error {
	name := w.name("QueueName", 80)
	// CreateQueue would answer with a queue that exists already.
	if w.json(ctx, "sqs", "GetQueueUrl", map[string]any{"QueueName": name}, nil) == nil {
		return alreadyExists(name)
	}
	attributes := map[string]string{}
	for _, k := range queueAttributes {
		if w.given(k) {
			attributes[k] = subscriptionAttribute(w.props[k])
		}
	}
	in := map[string]any{"QueueName": name, "Attributes": attributes}
	if tags := tagMap(w.props["Tags"]); len(tags) > 0 {
		in["tags"] = tags
	}
	var out struct {
		QueueURL string `json:"QueueUrl"`
	}
	if err := w.json(ctx, "sqs", "CreateQueue", in, &out); err != nil {
		return err
	}
	w.physicalID = out.QueueURL
	w.set("Arn", w.arn("sqs", name))
	w.set("QueueName", name)
	w.set("QueueUrl", out.QueueURL)
	return nil
}

// queueDefaults are what removing a property from a template goes back to.
var queueDefaults = map[string]string{
	"DelaySeconds": "0", "KmsDataKeyReusePeriodSeconds": "300", "MaximumMessageSize": "262144",
	"MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0", "SqsManagedSseEnabled": "true",
	"VisibilityTimeout": "30",
}

func updateQueue(ctx context.Context, w *work) error {
	attributes := map[string]string{}
	for _, k := range queueAttributes {
		if w.changed(k) {
			attributes[k] = subscriptionAttribute(w.props[k])
			if !w.given(k) {
				attributes[k] = queueDefaults[k]
			}
		}
	}
	if len(attributes) > 0 {
		in := map[string]any{"QueueUrl": w.physicalID, "Attributes": attributes}
		if err := w.json(ctx, "sqs", "SetQueueAttributes", in, nil); err != nil {
			return err
		}
	}
	set, removed := w.tagChanges()
	if len(set) > 0 {
		if err := w.json(ctx, "sqs", "TagQueue", map[string]any{"QueueUrl": w.physicalID, "Tags": set}, nil); err != nil {
			return err
		}
	}
	if len(removed) == 0 {
		return nil
	}
	return w.json(ctx, "sqs", "UntagQueue", map[string]any{"QueueUrl": w.physicalID, "TagKeys": removed}, nil)
}

func queuePolicyType() *resourceType {
	return &resourceType{
		attributes: []string{"Id"},
		properties: map[string]property{"PolicyDocument": document().must(), "Queues": texts().must()},
		create: func(ctx context.Context, w *work) error {
			w.physicalID = physicalName(w.stackName, w.logicalID, 128)
			w.set("Id", w.physicalID)
			return putQueuePolicy(ctx, w)
		},
		update: putQueuePolicy,
		delete: func(ctx context.Context, w *work) error {
			return setQueuePolicies(ctx, w, asTexts(w.props["Queues"]), "")
		},
	}
}

func putQueuePolicy(ctx context.Context, w *work) error {
	now := asTexts(w.props["Queues"])
	if err := setQueuePolicies(ctx, w, now, documentText(w.props["PolicyDocument"])); err != nil {
		return err
	}
	return setQueuePolicies(ctx, w, missingFrom(asTexts(w.old["Queues"]), now), "")
}

// setQueuePolicies sets the policy of queues; an empty text removes it.
func setQueuePolicies(ctx context.Context, w *work, queues []string, policy string) error {
	for _, queue := range queues {
		in := map[string]any{"QueueUrl": queue, "Attributes": map[string]string{"Policy": policy}}
		err := w.json(ctx, "sqs", "SetQueueAttributes", in, nil)
		if policy == "" {
			err = ignoreGone(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
