import type { Page } from 'playwright-core';

/** Where VS Code of the web keeps what is remembered over all workspaces. */
const store = { database: 'vscode-web-state-db-global', table: 'ItemTable' };

/**
 * Offers that VS Code makes once and then remembers to have made. Until 1.96 it offers its newer theme where three seconds
 * were not enough to load the one that the settings name; that notification is not ours, and covers what is.
 */
const seen: Readonly<Record<string, string>> = { themeUpdatedNotificationShown: 'true' };

/** Has the browser remember, for the VS Code at `authority`, what somebody who used it before would not be shown again. */
export async function rememberOffers(page: Page, authority: string): Promise<void> {
  await page.goto(`http://${authority}/version`);
  await page.evaluate(
    ({ database, table, items }) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open(database, 1);
        opening.onerror = () => reject(opening.error);
        opening.onupgradeneeded = () => opening.result.createObjectStore(table);
        opening.onsuccess = () => {
          const db = opening.result;
          if (!db.objectStoreNames.contains(table)) return reject(new Error(`${database} has no ${table}`));
          const writing = db.transaction(table, 'readwrite');
          for (const [key, value] of Object.entries(items)) writing.objectStore(table).put(value, key);
          writing.onerror = () => reject(writing.error);
          writing.oncomplete = () => {
            db.close();
            resolve();
          };
        };
      }),
    { ...store, items: seen },
  );
}
