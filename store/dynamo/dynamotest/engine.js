'use strict'
// One dynalite in memory on a free port of the loopback, which it prints as one line. It ends with its standard input,
// which is to say with the test that started it, however that ends.

const db = require('dynalite/db')
const updateItem = require('dynalite/validations/updateItem')

// dynalite has not learned to return the item that a failed condition met. DynamoDB does, as of the moment of the check.
updateItem.types.ReturnValuesOnConditionCheckFailure = { type: 'String', enum: ['ALL_OLD', 'NONE'] }
const check = db.checkConditional
db.checkConditional = function (data, item) {
  const failed = check(data, item)
  if (failed && item && data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') failed.body.Item = item
  return failed
}

const server = require('dynalite')({ createTableMs: 0, deleteTableMs: 0 })
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume()
