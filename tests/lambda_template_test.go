package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/lambda/emf"
	"github.com/trunkpass/trunkpass/lambda/setup"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store/dynamo"
)

// Whether the template passes `sam validate --lint` needs Python's cfn-lint and SAM translator (docs/deploy.md). What
// can be known without them is tested here, against the resource specification and against the functions themselves.

// made are the resources that SAM makes of ours, by their names there.
var made = map[string]string{"OwnerUrl": "AWS::Lambda::Url", "EventsUrl": "AWS::Lambda::Url"}

func TestTemplateResources(t *testing.T) {
	read, spec := readTemplate(t), readSpecification(t)
	for name, r := range read.Resources {
		known, ok := spec.Resources[r.Type]
		if !ok {
			t.Errorf("%s is a %s, which testdata/aws-resources.json does not hold", name, r.Type)
			continue
		}
		for _, wrong := range spec.object(name, known.Properties, r.Properties) {
			t.Error(wrong)
		}
	}
	for _, wrong := range spec.object("Globals.Function", spec.Resources["AWS::Serverless::Function"].Properties, read.Globals.Function) {
		t.Error(wrong)
	}
}

// Nothing in the specification's checks may pass by accident.
func TestSpecificationRefuses(t *testing.T) {
	spec := readSpecification(t)
	known := spec.Resources["AWS::DynamoDB::Table"].Properties
	for _, tt := range []struct {
		properties map[string]any
		want       string
	}{
		{map[string]any{}, "T lacks KeySchema"},
		{map[string]any{"KeySchema": []any{}, "KeySchemas": []any{}}, "T has no KeySchemas"},
		{map[string]any{"KeySchema": []any{}, "DeletionProtectionEnabled": "yes"}, "T.DeletionProtectionEnabled is yes, want a boolean"},
		{map[string]any{"KeySchema": []any{}, "PointInTimeRecoverySpecification": map[string]any{"On": true}}, "T.PointInTimeRecoverySpecification has no On"},
		{map[string]any{"KeySchema": []any{}, "BillingMode": map[string]any{"Ref": "Mode"}}, ""},
	} {
		got := strings.Join(spec.object("T", known, tt.properties), "; ")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%v: %q, want %q", tt.properties, got, tt.want)
		}
	}
}

func TestTemplateNames(t *testing.T) {
	read, spec := readTemplate(t), readSpecification(t)
	used := map[string]bool{}
	for _, name := range names(read.whole) {
		base, attribute, isAttribute := strings.Cut(name, ".")
		used[base] = true
		kind := made[base]
		if r, ok := read.Resources[base]; ok {
			kind = r.Type
		}
		_, isParameter := read.Parameters[name]
		switch {
		case isAttribute && slices.Contains(spec.Resources[kind].Attributes, attribute):
		case !isAttribute && (isParameter || kind != "" || strings.HasPrefix(name, "AWS::")):
		default:
			t.Errorf("nothing is called %s", name)
		}
	}
	walk(read.whole, func(m map[string]any) {
		if branches, ok := m["Fn::If"].([]any); ok {
			condition := fmt.Sprint(branches[0])
			if _, ok := read.Conditions[condition]; !ok || len(branches) != 3 {
				t.Errorf("no condition %s", condition)
			}
			used[condition] = true
		}
	})
	for _, name := range slices.Concat(slices.Collect(maps.Keys(read.Parameters)), slices.Collect(maps.Keys(read.Conditions))) {
		if !used[name] {
			t.Errorf("%s is not used", name)
		}
	}
	for name, o := range read.Outputs {
		if o.Description == "" {
			t.Errorf("output %s has no description", name)
		}
	}
}

func TestTemplateParameters(t *testing.T) {
	for name, p := range readTemplate(t).Parameters {
		if len(p.Description) < 20 {
			t.Errorf("%s has no description", name)
		}
		if p.AllowedPattern != "" {
			pattern, err := regexp.Compile(p.AllowedPattern)
			if err != nil {
				t.Error(err)
			} else if text, ok := p.Default.(string); ok && !pattern.MatchString(text) {
				t.Errorf("the default of %s, %q, is not allowed", name, text)
			}
		}
		if len(p.AllowedValues) > 0 && !slices.Contains(p.AllowedValues, p.Default) {
			t.Errorf("the default of %s, %v, is not allowed", name, p.Default)
		}
	}
}

// The table is the one that the store knows, and does not get lost.
func TestTemplateTable(t *testing.T) {
	table := readTemplate(t).Resources["Table"]
	got, err := json.Marshal(table.Properties)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"AttributeDefinitions":[{"AttributeName":%[1]q,"AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST",`+
		`"DeletionProtectionEnabled":true,"KeySchema":[{"AttributeName":%[1]q,"KeyType":"HASH"}],`+
		`"PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true},"SSESpecification":{"SSEEnabled":true},`+
		`"TimeToLiveSpecification":{"AttributeName":%[2]q,"Enabled":true}}`, dynamo.KeyAttribute, dynamo.ExpiryAttribute)
	if string(got) != want {
		t.Errorf("the table is\n%s, want\n%s", got, want)
	}
	if table.DeletionPolicy != "Retain" || table.UpdateReplacePolicy != "Retain" {
		t.Errorf("the table goes with its stack: %q, %q", table.DeletionPolicy, table.UpdateReplacePolicy)
	}
}

// Every action that a function may do is here, each on one resource of ours.
func TestTemplatePermissions(t *testing.T) {
	read := readTemplate(t)
	want := map[string]string{
		"dynamodb:GetItem": "Table.Arn", "dynamodb:UpdateItem": "Table.Arn", "secretsmanager:GetSecretValue": "SecretArn",
		"kms:Decrypt": "SecretKeyArn", "logs:CreateLogStream": "Log.Arn", "logs:PutLogEvents": "Log.Arn", "sts:AssumeRole": "",
	}
	for name, r := range read.Resources {
		if !strings.HasPrefix(r.Type, "AWS::IAM::") {
			continue
		}
		walk(r.Properties, func(m map[string]any) {
			actions, ok := m["Action"].([]any)
			if action, one := m["Action"].(string); one {
				actions, ok = []any{action}, true
			}
			if !ok {
				return
			}
			on := strings.Join(names(m["Resource"]), " ")
			for _, action := range actions {
				resource, known := want[fmt.Sprint(action)]
				if resource == "Log.Arn" {
					resource = strings.TrimSuffix(name, "Role") + resource
				}
				if !known || on != resource {
					t.Errorf("%s allows %v on %q, want on %q", name, action, on, resource)
				}
			}
		})
	}
	alexa, _ := json.Marshal(read.Resources["Skill"].Properties["Events"])
	if want := `{"Alexa":{"Properties":{"SkillId":{"Ref":"SkillId"}},"Type":"AlexaSkill"}}`; string(alexa) != want {
		t.Errorf("who may call the skill: %s, want %s", alexa, want)
	}
}

// Each function gets the environment that it reads, by the defaults too, and nothing else.
func TestTemplateEnvironment(t *testing.T) {
	read := readTemplate(t)
	for function, config := range map[string]struct {
		of   reflect.Type
		read func([]string) error
	}{
		"Skill":  {reflect.TypeFor[setup.SkillConfig](), reads[setup.SkillConfig]},
		"Owner":  {reflect.TypeFor[setup.OwnerConfig](), reads[setup.OwnerConfig]},
		"Events": {reflect.TypeFor[setup.EventsConfig](), reads[setup.EventsConfig]},
	} {
		known := configVariables(config.of)
		environment := []string{"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKIA", "AWS_SECRET_ACCESS_KEY=x"}
		for _, properties := range []map[string]any{read.Globals.Function, read.Resources[function].Properties} {
			set := properties["Environment"].(map[string]any)["Variables"].(map[string]any)
			for name, value := range set {
				if !slices.Contains(known, name) {
					t.Errorf("%s does not read %s", function, name)
				}
				environment = append(environment, name+"="+read.sample(fmt.Sprint(value.(map[string]any)["Ref"])))
			}
		}
		if err := config.read(environment); err != nil {
			t.Errorf("%s does not start: %v", function, err)
		}
	}
}

func reads[T any](environment []string) error {
	_, err := setup.Read[T](environment)
	return err
}

// configVariables lists the environment variables of a configuration.
func configVariables(of reflect.Type) []string {
	var all []string
	for i := range of.NumField() {
		field := of.Field(i)
		if name := field.Tag.Get("env"); name != "" {
			all = append(all, name)
		} else if field.Type.Kind() == reflect.Struct {
			all = append(all, configVariables(field.Type)...)
		}
	}
	return all
}

// sample is a value for a parameter or a resource: the default, or what an operator might give.
func (t template) sample(name string) string {
	if text, ok := t.Parameters[name].Default.(string); ok {
		return text
	}
	return map[string]string{
		"SkillId": applicationID, "CloudUrl": "https://cloud.example.com", "Table": "trunkpass-Table-1",
		"SecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:trunkpass-AbCdEf",
	}[name]
}

// An alarm on a metric that nobody writes never rings.
func TestTemplateAlarms(t *testing.T) {
	written := map[string]bool{}
	for _, function := range []string{"skill", "events"} {
		var out bytes.Buffer
		hooks := emf.Hooks{Writer: emf.New(&out, function, time.Now), Log: slog.New(slog.DiscardHandler)}
		if function == "skill" {
			hooks.Turn("IntentRequest", "CheckTires", "answered", time.Second)
			hooks.PIN(pin.LockedNow)
		} else {
			hooks.Webhook(503)
		}
		for decoder := json.NewDecoder(&out); decoder.More(); {
			var line map[string]any
			if err := decoder.Decode(&line); err != nil {
				t.Fatal(err)
			}
			for name := range line {
				written[name+" of "+function] = true
			}
		}
	}
	ours := 0
	for name, r := range readTemplate(t).Resources {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		dimension := r.Properties["Dimensions"].([]any)[0].(map[string]any)
		if metric := fmt.Sprintf("%v of %v", r.Properties["MetricName"], dimension["Value"]); r.Properties["Namespace"] == emf.Namespace {
			ours++
			if !written[metric] || dimension["Name"] != "Function" {
				t.Errorf("%s waits for the metric %s, which nobody writes", name, metric)
			}
		}
		if r.Properties["AlarmActions"] == nil || r.Properties["AlarmDescription"] == nil {
			t.Errorf("%s tells nobody, or not what it means", name)
		}
	}
	if ours < 2 {
		t.Errorf("%d alarms on metrics of our own", ours)
	}
}
