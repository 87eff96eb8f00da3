import { serveBackground } from "../../kit/background-thread.ts";
import { openConnection, type SqliteSql } from "./sqlite-connection.ts";

// A thread for statements that read a large table as a whole: it may block, nobody else waits on its loop.
serveBackground((path: string) => {
  const connection = openConnection({ path, readOnly: true });
  return (sql: SqliteSql) => connection.all(sql);
});
