import { NOW, type PanelPage } from './browser.ts';
import { scroll } from './conversation.ts';
import { newestOfLong, olderOfLong } from './speed-scripts.ts';

/** A page with a conversation of so many messages, all of them loaded, some way above its end. */
export async function loadLong(panel: PanelPage, count: number): Promise<void> {
  await panel.tell(newestOfLong(count, NOW));
  await scroll(panel, { by: -500 });
  await panel.page.evaluate(olderOfLong(count, NOW));
  await panel.frames();
}
