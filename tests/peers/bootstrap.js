// The skill as a Lambda function with Amazon's DynamoDB adapter, and the few lines of Node's runtime that it needs: ask the
// Runtime API for an invocation, answer, again.
'use strict';
const AWS = require('aws-sdk');
const { DynamoDbPersistenceAdapter } = require('ask-sdk');
const { build, Alexa } = require('./skill');

const handler = build(Alexa.SkillBuilders.custom())
  .withPersistenceAdapter(new DynamoDbPersistenceAdapter({
    tableName: 'accounts',
    dynamoDBClient: new AWS.DynamoDB({ apiVersion: 'latest', region: 'us-east-1', endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB }),
  }))
  .create();

const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

(async () => {
  for (;;) {
    const next = await fetch(`${base}/next`);
    const id = next.headers.get('lambda-runtime-aws-request-id');
    const answer = await handler.invoke(await next.json(), {});
    await fetch(`${base}/${id}/response`, { method: 'POST', body: JSON.stringify(answer) });
  }
})();
