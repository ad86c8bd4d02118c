package tests

import "testing"

// TestConversationsOnLambda plays every story through the function that answers Alexa on AWS, and counts its calls of
// the store: at most one read and one conditional write in any turn of any story.
func TestConversationsOnLambda(t *testing.T) {
	for _, s := range readStories(t) {
		t.Run(name(s), func(t *testing.T) {
			t.Parallel()
			play(t, s, newLambdaWorld(t, s), false)
		})
	}
}
