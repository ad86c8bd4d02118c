// A minimal skill on Amazon's SDK that answers the request of tests/testdata as Trunkpass does: the intent is dispatched,
// two slots are read, and a sentence, a reprompt and a card come back. It asks no cloud and checks no PIN.
'use strict';
const Alexa = require('ask-sdk-core');

const launch = {
  canHandle: (h) => Alexa.getRequestType(h.requestEnvelope) === 'LaunchRequest',
  handle: (h) => h.responseBuilder.speak('Welcome to Trunk Pass.').reprompt('What would you like?').getResponse(),
};

const intent = {
  canHandle: (h) => Alexa.getRequestType(h.requestEnvelope) === 'IntentRequest',
  handle: (h) => {
    const car = Alexa.getSlotValue(h.requestEnvelope, 'car') || 'Golf';
    return h.responseBuilder
      .speak(`Your ${Alexa.escapeXmlCharacters(car)}'s front left tire is low: 28 PSI. It should be 36 PSI. The others are fine.`)
      .withSimpleCard('Tires', 'Front left 28 PSI, front right 35 PSI, rear left 35 PSI, rear right 35 PSI.')
      .withShouldEndSession(true)
      .getResponse();
  },
};

const other = { canHandle: () => true, handle: (h) => h.responseBuilder.getResponse() };
const failed = { canHandle: () => true, handle: (h) => h.responseBuilder.speak('Sorry.').getResponse() };

exports.build = (builder) => builder.addRequestHandlers(launch, intent, other).addErrorHandlers(failed);
exports.Alexa = Alexa;
