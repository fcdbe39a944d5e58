using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>Round every call: its rate, and what a failure becomes.</summary>
internal sealed partial class RoomHubFilter(GatewayMetrics metrics, ILogger<RoomHubFilter> logger) : IHubFilter
{
    public ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next) =>
        InvokeAsync(ViewerConnections.Of(invocationContext.Context), invocationContext.HubMethodName, (invocationContext, next), static call => call.next(call.invocationContext));

    /// <summary>The same round a call that comes another way.</summary>
    /// <returns>The answer. It never fails.</returns>
    public async ValueTask<object?> InvokeAsync<TState>(Viewer viewer, string method, TState state, Func<TState, ValueTask<object?>> next)
    {
        var answer = await AnswerAsync(viewer, method, state, next);
        metrics.Called(method, answer is IRefusable { Refusal: { } no } ? no.Name : "ok");
        return answer;
    }

    private async ValueTask<object?> AnswerAsync<TState>(Viewer viewer, string method, TState state, Func<TState, ValueTask<object?>> next)
    {
        if (ViewerConnections.TryTake(viewer) is { } wait) { return Refuse(RateLimits.TooMany(wait)); }
        try
        {
            return await next(state);
        }
        catch (Exception exception)
        {
            if (Failures.Explain(exception) is { } refusal) { return Refuse(refusal); }
            Log.Unexpected(logger, exception, method);
            return Refuse(Failures.Unexpected);
        }
    }

    // On the wire every refused result looks alike, whatever the method would have answered.
    private static Result<Done> Refuse(Refusal refusal) => refusal;

    private static partial class Log
    {
        [LoggerMessage(EventId = 2020, Level = LogLevel.Error, Message = "{Method} failed unexpectedly")]
        public static partial void Unexpected(ILogger logger, Exception exception, string method);
    }
}
