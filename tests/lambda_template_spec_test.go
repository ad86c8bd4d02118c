package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// template is lambda/template.yaml with the short forms of CloudFormation's functions spelled out: !Ref x is {Ref: x}.
type template struct {
	Parameters map[string]parameter
	Conditions map[string]any
	Globals    struct{ Function map[string]any }
	Resources  map[string]resource
	Outputs    map[string]struct {
		Description string
		Value       any
	}
	whole any
}

type parameter struct {
	Type, Description, AllowedPattern string
	Default                           any
	AllowedValues                     []any
}

type resource struct {
	Type                                string
	DeletionPolicy, UpdateReplacePolicy string
	Properties                          map[string]any
}

func readTemplate(t *testing.T) template {
	t.Helper()
	text, err := os.ReadFile("../lambda/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		t.Fatal(err)
	}
	whole, err := spelled(node.Content[0])
	if err != nil {
		t.Fatal(err)
	}
	spelledOut, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	read := template{whole: whole}
	if err := json.Unmarshal(spelledOut, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// spelled turns YAML into values. What CloudFormation does not know is an error: anchors, keys that stand twice, other
// tags.
func spelled(n *yaml.Node) (any, error) {
	var value any
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := m[key]; twice {
				return nil, fmt.Errorf("line %d: %s stands twice", n.Line, key)
			}
			v, err := spelled(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			m[key] = v
		}
		value = m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			v, err := spelled(item)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		value = list
	case yaml.ScalarNode:
		if strings.HasPrefix(n.Tag, "!!") {
			err := n.Decode(&value)
			return value, err
		}
		value = n.Value
	default:
		return nil, fmt.Errorf("line %d: CloudFormation knows no anchors", n.Line)
	}
	switch {
	case n.Anchor != "":
		return nil, fmt.Errorf("line %d: CloudFormation knows no anchors", n.Line)
	case strings.HasPrefix(n.Tag, "!!"):
		return value, nil
	case n.Tag == "!Ref":
		return map[string]any{"Ref": value}, nil
	case n.Tag == "!GetAtt":
		name, attribute, _ := strings.Cut(n.Value, ".")
		return map[string]any{"Fn::GetAtt": []any{name, attribute}}, nil
	case slices.Contains([]string{"!Sub", "!If", "!Not", "!Equals"}, n.Tag):
		return map[string]any{"Fn::" + n.Tag[1:]: value}, nil
	}
	return nil, fmt.Errorf("line %d: nobody knows %s", n.Line, n.Tag)
}

// walk shows every mapping of a tree.
func walk(tree any, see func(map[string]any)) {
	switch tree := tree.(type) {
	case map[string]any:
		see(tree)
		for _, v := range tree {
			walk(v, see)
		}
	case []any:
		for _, v := range tree {
			walk(v, see)
		}
	}
}

// names lists what a tree refers to: parameters, resources, "resource.attribute", pseudo parameters.
func names(tree any) []string {
	var found []string
	variable := regexp.MustCompile(`\$\{([^!}]+)\}`)
	walk(tree, func(m map[string]any) {
		if name, ok := m["Ref"].(string); ok {
			found = append(found, name)
		}
		if pair, ok := m["Fn::GetAtt"].([]any); ok {
			found = append(found, fmt.Sprintf("%s.%s", pair...))
		}
		if text, ok := m["Fn::Sub"].(string); ok {
			for _, match := range variable.FindAllStringSubmatch(text, -1) {
				found = append(found, match[1])
			}
		}
	})
	return found
}

// specification is testdata/aws-resources.json: what CloudFormation and SAM know of the resources that we use.
type specification struct {
	Resources map[string]struct {
		Attributes []string
		Properties map[string]property
	}
	Types map[string]map[string]property
}

type property struct {
	Type     any // "string", {"list": T}, {"map": T}, {"of": "name"}, {"any": [T]}
	Required bool
}

func readSpecification(t *testing.T) specification {
	t.Helper()
	text, err := os.ReadFile("testdata/aws-resources.json")
	if err != nil {
		t.Fatal(err)
	}
	var s specification
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// object lists what is wrong with a mapping.
func (s specification) object(path string, known map[string]property, got map[string]any) []string {
	var wrong []string
	for name, p := range known {
		if _, is := got[name]; p.Required && !is {
			wrong = append(wrong, path+" lacks "+name)
		}
	}
	for name, v := range got {
		p, is := known[name]
		if !is {
			wrong = append(wrong, path+" has no "+name)
			continue
		}
		wrong = append(wrong, s.value(path+"."+name, p.Type, v)...)
	}
	return wrong
}

// value lists what is wrong with a value. What a function of CloudFormation computes is known only when it runs.
func (s specification) value(path string, kind, got any) []string {
	if m, ok := got.(map[string]any); ok && len(m) == 1 {
		if branches, ok := m["Fn::If"].([]any); ok && len(branches) == 3 {
			return append(s.value(path, kind, branches[1]), s.value(path, kind, branches[2])...)
		}
		for function := range m {
			if function == "Ref" || strings.HasPrefix(function, "Fn::") {
				return nil
			}
		}
	}
	if composed, ok := kind.(map[string]any); ok {
		return s.composed(path, composed, got)
	}
	fits := false
	switch got.(type) {
	case string:
		fits = kind == "string" || kind == "json"
	case int, float64:
		fits = kind == "number" || kind == "integer"
	case bool:
		fits = kind == "boolean"
	default:
		fits = kind == "json"
	}
	if !fits {
		return []string{fmt.Sprintf("%s is %v, want a %v", path, got, kind)}
	}
	return nil
}

func (s specification) composed(path string, kind map[string]any, got any) []string {
	var wrong []string
	if element, is := kind["list"]; is {
		list, ok := got.([]any)
		if !ok {
			return []string{path + " is no list"}
		}
		for i, v := range list {
			wrong = append(wrong, s.value(fmt.Sprintf("%s[%d]", path, i), element, v)...)
		}
		return wrong
	}
	if choices, is := kind["any"].([]any); is {
		for _, choice := range choices {
			if wrong = s.value(path, choice, got); len(wrong) == 0 {
				return nil
			}
		}
		return wrong
	}
	m, ok := got.(map[string]any)
	if !ok {
		return []string{path + " is no mapping"}
	}
	if element, is := kind["map"]; is {
		for key, v := range m {
			wrong = append(wrong, s.value(path+"."+key, element, v)...)
		}
		return wrong
	}
	name, _ := kind["of"].(string)
	return s.object(path, s.Types[name], m)
}
