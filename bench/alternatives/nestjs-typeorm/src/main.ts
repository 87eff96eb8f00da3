// NestJS 12 on Express, its default, and TypeORM on better-sqlite3: the guard with @nestjs/jwt and the validation pipe of its guide.
import "reflect-metadata";
import { Module, ValidationPipe } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { JwtModule } from "@nestjs/jwt";
import { TypeOrmModule } from "@nestjs/typeorm";
import { environment, startProcesses } from "../../common/cluster.ts";
import { Account, Director, Film, Order, OrderLine } from "./entities.ts";
import { FilmsController } from "./films.controller.ts";
import { FilmsService } from "./films.service.ts";

const entities = [Director, Film, Account, Order, OrderLine];

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: "better-sqlite3",
      database: environment.database,
      entities,
      timeout: 5000,
      enableWAL: true,
      prepareDatabase: (database) => void database.pragma("synchronous = FULL"),
    }),
    TypeOrmModule.forFeature(entities),
    JwtModule.register({ global: true, secret: environment.secret }),
  ],
  controllers: [FilmsController],
  providers: [FilmsService],
})
class AppModule {}

await startProcesses(async (port) => {
  const app = await NestFactory.create(AppModule, { logger: ["error", "warn"] });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  await app.listen(port, "127.0.0.1");
  const address: unknown = app.getHttpServer().address();
  return (address as { port: number }).port;
});
