import { DynamoDayBudget } from '../../aws/dynamo-day-budget.ts';
import { dayBudgetContract } from '../contracts/day-budget.ts';
import { inMemory, onTable } from '../support/backends.ts';
import { startDynalite } from '../support/dynamo.ts';
import { MemoryDayBudget } from '../support/memory-day-budget.ts';

dayBudgetContract(
  'memory',
  inMemory(() => new MemoryDayBudget()),
);
dayBudgetContract('dynalite', onTable(startDynalite, DynamoDayBudget));
