using LiveCommerce.Actors.Links;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Instant;
using LiveCommerce.Gateway.Video.Playback;
using LiveCommerce.Gateway.Video.Recordings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using LinkOptions = LiveCommerce.Actors.Links.LinkOptions;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>
/// <c>/edge/…</c>: what this gateway gives to the others, who show the cluster's secret. Only what is here: a gateway that is asked never asks
/// another, so a question cannot go in circles.
/// </summary>
internal static class EdgeEndpoints
{
    /// <summary>Where these addresses begin.</summary>
    public const string Prefix = "/edge";

    /// <summary>Where clips are ordered.</summary>
    public const string ClipsPath = Prefix + "/clips";

    /// <summary>Says that the broadcast itself is not here, not only the thing that was asked for.</summary>
    public const string GoneHeader = "LiveCommerce-Gone";

    /// <summary>Says that the broadcast is over and was recorded: who may see it is asked where its viewer is.</summary>
    public const string ReplayHeader = "LiveCommerce-Replay";

    /// <summary>Says that the broadcast is on: also one that was over and has come back.</summary>
    public const string LiveHeader = "LiveCommerce-Live";

    /// <summary>Says that it comes from the recording of a broadcast that runs: who may see that is asked where its viewer is.</summary>
    public const string RecordedHeader = "LiveCommerce-Recorded";

    /// <summary>Maps them.</summary>
    public static void MapEdges(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet($"{Prefix}/live/{{streamId}}/{InstantEndpoint.Name}", InstantEndpoint.Pipeline(endpoints, byGateway: true)).ExcludeFromDescription();
        endpoints.MapGet(Prefix + "/recordings/{folder}/{file}", (RequestDelegate)RecordingAsync).ExcludeFromDescription();
        endpoints.MapPost(ClipsPath, (RequestDelegate)ClipAsync).ExcludeFromDescription();
        endpoints.MapGet(Prefix + "/live/{streamId}/{file}", (RequestDelegate)(context => LiveAsync(context, PlaybackEndpoint.AnswerAsync))).ExcludeFromDescription();
        endpoints.MapGet(Prefix + "/live/{streamId}/{rung}/{file}", (RequestDelegate)(context => LiveAsync(context, PlaybackEndpoint.AnswerRungAsync))).ExcludeFromDescription();
    }

    /// <summary>Whether another process of this cluster asks.</summary>
    public static bool IsColleague(HttpContext context) => LinkCredential.Is(
        context.Request.Headers.Authorization.ToString(), context.RequestServices.GetRequiredService<IOptions<LinkOptions>>().Value);

    /// <summary>A file of a recording as it lies here. Who may see it has been asked where its viewer is.</summary>
    private static async Task RecordingAsync(HttpContext context)
    {
        var (folder, name) = (context.Request.RouteValues["folder"] as string ?? "", context.Request.RouteValues["file"] as string ?? "");
        if (!IsColleague(context)) { context.Response.StatusCode = StatusCodes.Status401Unauthorized; }
        else if (context.RequestServices.GetRequiredService<RecordingHome>().Store is { } store && RecordingNames.IsOne(folder, name) && store.Open(folder, name) is { } file)
        {
            await TypedResults.Stream(new SliceStream(file, 0, file.Length), "application/octet-stream", enableRangeProcessing: true).ExecuteAsync(context);
        }
        else { context.Response.StatusCode = StatusCodes.Status404NotFound; }
    }

    private static async Task ClipAsync(HttpContext context)
    {
        if (!IsColleague(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (await context.Request.ReadFromJsonAsync<EdgeClipOrder>(LinkJson.Options, context.RequestAborted) is not { } order)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var cut = await context.RequestServices.GetRequiredService<ClipMaker>().CutHereAsync(order, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(cut, LinkJson.Options, context.RequestAborted);
    }

    private static Task LiveAsync(HttpContext context, Func<HttpContext, Streams.Broadcast, Task> answer)
    {
        if (!IsColleague(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }

        if (PlaybackEndpoint.FindBroadcast(context) is { } broadcast)
        {
            if (ReplayEndpoints.IsReplay(context, broadcast)) { context.Response.Headers[ReplayHeader] = "1"; }
            else if (broadcast.EndedBecause is null) { context.Response.Headers[LiveHeader] = "1"; }
            else { return PlaybackEndpoint.AnswerRestAsync(context, broadcast, answer); }
            return answer(context, broadcast);
        }

        context.Response.Headers[GoneHeader] = "1";
        return PlaybackEndpoint.NotLiveAsync(context);
    }
}
