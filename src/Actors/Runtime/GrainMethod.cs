using System.Reflection;
using LiveCommerce.Actors.Links;

namespace LiveCommerce.Actors.Runtime;

/// <summary>One method of a grain interface: how a reference calls it and how an activation runs it.</summary>
internal abstract class GrainMethod
{
    private readonly string _interface;

    protected GrainMethod(Type @interface, MethodInfo method)
    {
        _interface = @interface.Name;
        Name = method.Name;
        Priority = method.GetCustomAttribute<PriorityAttribute>()?.Priority ?? CallPriority.Normal;
        IsOneWay = method.IsDefined(typeof(OneWayAttribute));
        LittleFollows = method.IsDefined(typeof(LittleFollowsAttribute));
        Interleaving = method.IsDefined(typeof(AlwaysInterleaveAttribute)) ? Interleaving.Always
            : method.IsDefined(typeof(ReadOnlyAttribute)) ? Interleaving.ReadOnly
            : Interleaving.Exclusive;
        Invoker = MethodInvoker.Create(method);
        ReturnsTask = !method.ReturnType.IsValueType;
        Info = method;
        Parameters = method.GetParameters();
        ParameterTypes = [.. Parameters.Select(parameter => parameter.ParameterType)];
    }

    /// <summary>Names the method within its interface, also to other processes: interfaces have no overloads.</summary>
    public string Name { get; }

    /// <summary>The method itself.</summary>
    public MethodInfo Info { get; }

    public CallPriority Priority { get; }

    public bool IsOneWay { get; }

    /// <summary>What callers do with the answer is short.</summary>
    public bool LittleFollows { get; }

    public Interleaving Interleaving { get; }

    /// <summary>For a link that has to read arguments.</summary>
    public IReadOnlyList<Type> ParameterTypes { get; }

    protected MethodInvoker Invoker { get; }

    private ParameterInfo[] Parameters { get; }

    /// <summary>The method returns Task or Task of T, not the value task.</summary>
    protected bool ReturnsTask { get; }

    public abstract GrainCall CreateCall(GrainId grain, object?[] arguments);

    /// <summary>What a reference returns to the caller of <paramref name="call"/>: the boxed task.</summary>
    public abstract object ReturnValue(GrainCall call);

    /// <summary>Waits for the call's answer and sends it to the process that asked.</summary>
    public abstract ValueTask AnswerAsync(GrainCall call, LinkPeer to, TakenCall taken, LinkCodec codec);

    /// <summary>Ends a call with the answer that came from another process.</summary>
    public abstract void TakeAnswer(GrainCall call, ReadOnlySpan<byte> json, LinkCodec codec);

    /// <inheritdoc/>
    public override string ToString() => $"{_interface}.{Name}";

    /// <summary>Gives the arguments from a place on the values that the contract says for callers that leave them out.</summary>
    /// <exception cref="System.Text.Json.JsonException">One of them may not be left out.</exception>
    public void FillDefaults(object?[] arguments, int from)
    {
        for (var place = from; place < arguments.Length; place++)
        {
            if (!Parameters[place].HasDefaultValue)
            {
                throw new System.Text.Json.JsonException($"{this} takes {arguments.Length} arguments and got {from}: the two processes speak different contracts.");
            }

            arguments[place] = Parameters[place].DefaultValue;
        }
    }

    public static GrainMethod Create(Type @interface, MethodInfo method)
    {
        var name = $"{@interface.Name}.{method.Name}";
        if (method.IsGenericMethod) { throw new InvalidOperationException($"{name} is generic; grain methods are not."); }
        if (method.GetParameters().Any(parameter => parameter.ParameterType.IsByRef))
        {
            throw new InvalidOperationException($"{name} takes an argument by reference; grain methods take values.");
        }

        var returns = method.ReturnType;
        if (returns == typeof(ValueTask) || returns == typeof(Task)) { return new VoidMethod(@interface, method); }

        if (!returns.IsGenericType || (returns.GetGenericTypeDefinition() != typeof(ValueTask<>) && returns.GetGenericTypeDefinition() != typeof(Task<>)))
        {
            throw new InvalidOperationException($"{name} returns {returns.Name}; grain methods return Task, ValueTask or their generic forms.");
        }

        if (method.IsDefined(typeof(OneWayAttribute)))
        {
            throw new InvalidOperationException($"{name} is one-way and has a result nobody could wait for; let it return ValueTask.");
        }

        return (GrainMethod)Activator.CreateInstance(
            typeof(ResultMethod<>).MakeGenericType(returns.GetGenericArguments()), @interface, method)!;
    }
}

/// <summary>A method with a result.</summary>
internal sealed class ResultMethod<TResult>(Type @interface, MethodInfo method) : GrainMethod(@interface, method)
{
    public override GrainCall CreateCall(GrainId grain, object?[] arguments) => new ResultCall<TResult>(grain, this, arguments);

    public override object ReturnValue(GrainCall call)
    {
        var answer = ((GrainCall<TResult>)call).Answer;
        return ReturnsTask ? answer.AsTask() : answer;
    }

    public override async ValueTask AnswerAsync(GrainCall call, LinkPeer to, TakenCall taken, LinkCodec codec)
    {
        var result = await ((GrainCall<TResult>)call).Answer;
        using var text = codec.WriteResult(result);
        to.Answer(taken, text.Json);
    }

    public override void TakeAnswer(GrainCall call, ReadOnlySpan<byte> json, LinkCodec codec) =>
        ((GrainCall<TResult>)call).Succeed(codec.ReadResult<TResult>(json));

    public ValueTask<TResult> Invoke(object instance, object?[] arguments)
    {
        var returned = Invoker.Invoke(instance, arguments.AsSpan())!;
        return ReturnsTask ? new ValueTask<TResult>((Task<TResult>)returned) : (ValueTask<TResult>)returned;
    }
}

/// <summary>A method without a result.</summary>
internal sealed class VoidMethod(Type @interface, MethodInfo method) : GrainMethod(@interface, method)
{
    // Boxed once: what every one-way call returns.
    private static readonly object Done = ValueTask.CompletedTask;

    public override GrainCall CreateCall(GrainId grain, object?[] arguments) => new VoidCall(grain, this, arguments);

    public override object ReturnValue(GrainCall call)
    {
        if (IsOneWay) { return ReturnsTask ? Task.CompletedTask : Done; }

        var answer = ((VoidCall)call).AnswerWithoutResult;
        return ReturnsTask ? answer.AsTask() : answer;
    }

    public override async ValueTask AnswerAsync(GrainCall call, LinkPeer to, TakenCall taken, LinkCodec codec)
    {
        await ((VoidCall)call).AnswerWithoutResult;
        to.Answer(taken, []);
    }

    public override void TakeAnswer(GrainCall call, ReadOnlySpan<byte> json, LinkCodec codec) => ((VoidCall)call).Succeed(default);

    public ValueTask Invoke(object instance, object?[] arguments)
    {
        var returned = Invoker.Invoke(instance, arguments.AsSpan())!;
        return ReturnsTask ? new ValueTask((Task)returned) : (ValueTask)returned;
    }
}
