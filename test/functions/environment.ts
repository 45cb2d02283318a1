// Functions read their environment as they are loaded. Tests then build their own, from services in memory, with a log
// in memory.
process.env.TABLE_NAME = 'table';
process.env.BUCKET_NAME = 'bucket';
process.env.RESULT_DAYS = '30';
process.env.MODELS = '{}';
process.env.AWS_REGION = 'eu-west-1';
process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
