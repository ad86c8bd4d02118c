// The skill behind Amazon's adapter for express, signature and timestamp verified: node serve.js CHAIN.pem CHAIN_URL.
// The certificates of a test would be fetched from Amazon, so they are laid into the verifier's cache, where it keeps
// them for good. Prints its address, then its resident memory in kilobytes for each line on standard input.
'use strict';
const fs = require('fs');
const express = require('express');
const { ExpressAdapter, SkillRequestSignatureVerifier, TimestampVerifier } = require('ask-sdk-express-adapter');
const { build, Alexa } = require('./skill');

const signatures = new SkillRequestSignatureVerifier();
signatures.certCache.set(process.argv[3], fs.readFileSync(process.argv[2], 'utf8'));
const adapter = new ExpressAdapter(build(Alexa.SkillBuilders.custom()).create(), false, false, [signatures, new TimestampVerifier()]);
const app = express();
app.post('/alexa', adapter.getRequestHandlers());
const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/alexa`));
process.stdin.on('data', () => console.log(Math.round(process.memoryUsage().rss / 1024)));
process.stdin.on('end', () => process.exit(0));
