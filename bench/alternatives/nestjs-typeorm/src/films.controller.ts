import { Body, Controller, Get, HttpCode, Param, Post, Query, Res, UseGuards } from "@nestjs/common";
import type { Response } from "express";
import { AuthGuard, UserId } from "./auth.guard.ts";
import { Basket, NewFilm, PageQuery } from "./dto.ts";
import { FilmsService } from "./films.service.ts";

@Controller("api")
@UseGuards(AuthGuard)
export class FilmsController {
  constructor(private readonly films: FilmsService) {}

  @Get("films")
  findAll(@UserId() user: string, @Query() query: PageQuery) {
    return this.films.findAll(user, query);
  }

  @Get("films/:id")
  findOne(@UserId() user: string, @Param("id") id: string) {
    return this.films.findOne(user, id);
  }

  @Post("films")
  async create(@UserId() user: string, @Body() body: NewFilm, @Res({ passthrough: true }) response: Response) {
    const film = await this.films.create(user, body);
    response.location(`/api/films/${film.id}`);
    return film;
  }

  @Post("actions/checkout")
  @HttpCode(200)
  checkout(@UserId() user: string, @Body() body: Basket) {
    return this.films.checkout(user, body);
  }
}
