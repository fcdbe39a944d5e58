using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace LiveCommerce.Gateway.Http;

/// <summary>Marks an endpoint that takes a picture's bytes. Not the framework's own mark, which would refuse other types before we can say why.</summary>
internal sealed class PictureBodyMetadata;

/// <summary>The document of the HTTP API at <c>/api/openapi.json</c>, made from the endpoints.</summary>
internal static class OpenApiDocument
{
    public const string Path = "/api/openapi.json";

    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "LiveCommerce",
                Version = "1",
                Description = "Rooms, gifts, shop, wallet and moderation. Every refusal has the same shape; its code is stable.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<IdempotencyKeyMetadata>().Any())
            {
                (operation.Parameters ??= []).Add(new OpenApiParameter
                {
                    Name = IdempotencyKeyMetadata.Header,
                    In = ParameterLocation.Header,
                    Required = true,
                    Description = "A UUIDv7, made once for this command and repeated when it is retried. It is the id of what is made.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" },
                });
            }

            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<PictureBodyMetadata>().Any())
            {
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = true,
                    Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                    {
                        ["image/*"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } },
                    },
                };
            }

            return Task.CompletedTask;
        });
    });
}
