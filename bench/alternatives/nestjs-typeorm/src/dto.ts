import { Type } from "class-transformer";
import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from "class-validator";

export class PageQuery {
  @IsUUID()
  category: string;

  @Equals("-votes")
  sort: string;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit = 20;

  @IsOptional()
  @Equals("director")
  include?: string;

  @IsOptional()
  @IsString()
  after?: string;
}

export class NewFilm {
  @IsString()
  @MaxLength(200)
  title: string;

  @IsUUID()
  director: string;

  @IsUUID()
  category: string;

  @IsIn(["draft", "published"])
  status: "draft" | "published" = "published";

  @IsInt()
  @Min(1880)
  @Max(2100)
  year: number;

  @IsInt()
  @Min(1)
  minutes: number;

  @IsNumber()
  @Min(0)
  @Max(10)
  rating: number;

  @IsInt()
  @Min(0)
  votes = 0;

  @IsInt()
  @Min(0)
  price: number;

  @IsInt()
  @Min(0)
  stock: number;
}

export class BasketLine {
  @IsUUID()
  film: string;

  @IsInt()
  @Min(1)
  @Max(100)
  quantity: number;
}

export class Basket {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  @ValidateNested({ each: true })
  @Type(() => BasketLine)
  lines: BasketLine[];
}
